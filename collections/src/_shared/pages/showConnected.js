import { scopeWords } from '../../../../scripts/consent/scope-words';
import { clocks } from './clocks';
import { jwtClaims } from '../tokens/jwtClaims';
import { nameIn } from '../link/nameIn';
import { pageRights } from './pageRights';
import { pageWarning } from './pageWarning';
import { showPage } from './showPage';
import { stepsAfterExchange } from './stepsAfterExchange';
import { userName } from './userName';
/** @import { Connection } from '../connections/connectionsIn' */
/** @import { Page } from './showPage' */
/** @import { Tokens } from '../tokens/judgeTokens' */

/**
 * Shows which organisation is connected, by whom, with which rights, until when.
 * @param {Tokens} tokens
 * @param {Connection | undefined} connection undefined when it could not be looked up
 * @param {string[]} others the organisations that were chosen in the same consent
 * @param {string} replaced the name of the organisation that was connected before, '' when it is the same
 * @param {boolean} isOldForm whether an older version made the link
 */
export function showConnected(tokens, connection, others, replaced, isOldForm) {
  const makePage = () => {
    const organisation = connection && nameIn(connection);
    const also = {
      name: 'Also connected',
      value: others.join(', '),
      note: 'By the same consent. This environment is for the one above.',
    };
    const scopes = [tokens.scope ?? jwtClaims(tokens.accessToken).scope ?? ''].flat().join(' ');
    const lasts = Boolean(tokens.refreshToken);
    const instead = `this environment was connected to ${replaced} before. If that should stay, have ${replaced} chosen with a new Consent link.`;
    const short = 'no refresh token came, so the connection ends with its access token.';
    const old = 'the link was made by an older version: get the newest collection, because such links will end.';
    return /** @type {Page} */ ({
      tone: 'good',
      mark: '✓ Connected',
      title: organisation ? `${organisation} is connected` : 'The tokens are stored',
      lead: `Everything is kept in the environment ${pm.environment.name}.`,
      warning: [replaced && instead, !lasts && short, isOldForm && old].filter(Boolean).join(' Also, '),
      facts: [
        { name: 'Organisation', value: organisation ?? 'not known yet, Xero did not say' },
        ...(others.length > 0 ? [also] : []),
        { name: 'Connected by', value: userName(tokens.idToken) || 'Xero did not say' },
        ...clocks(lasts),
      ],
      rights: { title: 'What it may do, as the customer was told', all: scopeWords(scopes) },
      next: stepsAfterExchange(Boolean(connection), lasts),
    });
  };
  showPage(makePage, pageWarning(), pageRights());
}
