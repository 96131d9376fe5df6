import { scopeWords } from '../../../../scripts/consent/scope-words';
import { plainName } from '../../../../scripts/environment/plain-name';
import { consentNote } from './consentNote';
import { heldName } from '../connections/heldName';
import { holdsLiveGrant } from '../tokens/holdsLiveGrant';
import { inWords } from './inWords';
import { pageFields } from './pageFields';
import { pageRights } from './pageRights';
import { pageWarning } from './pageWarning';
import { setting } from '../request/setting';
import { showPage } from './showPage';
/** @import { StateClaims } from '../../../../scripts/consent/state' */
/** @import { Page } from './showPage' */

/**
 * Shows the consent link, what the customer will be asked, and what comes next.
 * @param {string} link
 * @param {StateClaims | undefined} claims those in the link's state
 * @param {string} scopes
 */
export function showConsentLink(link, claims, scopes) {
  const makePage = () => {
    const [madeAt, goodUntil] = [Number(claims?.madeAt), Number(claims?.goodUntil)];
    const [until, days] = [inWords(goodUntil), Math.round((goodUntil - madeAt) / 86_400_000)];
    const note = consentNote(link, until, scopes, plainName(setting('sender')));
    const replaced =
      holdsLiveGrant() &&
      `${heldName()} is connected now. If the customer chooses another organisation, that one is refused.`;
    const short =
      'scopes has no offline_access, so the connection would end after 30 minutes: add it, send this again.';
    return /** @type {Page} */ ({
      tone: 'good',
      mark: '✓ Ready',
      title: 'The consent link is ready',
      lead: 'Xero accepts it. Send the customer the link, or the whole note.',
      warning: /(^|\s)offline_access(\s|$)/.test(scopes) ? replaced || '' : short,
      facts: [
        { name: 'Good until', value: until, note: `${days} days, for one customer, and once.` },
        { name: 'Environment', value: pm.environment.name },
      ],
      fields: [
        { label: 'Link', text: link, button: 'Copy the link', rows: 8 },
        { label: 'Note ready to send', text: note, button: 'Copy the note', rows: 14 },
      ],
      rights: { title: 'What the customer is asked: may it …', all: scopeWords(scopes) },
      next: [
        'Agree on a time with the customer: the address they end on is good for 5 minutes.',
        'When you have that address, paste it into callback_url in the environment, just as it is.',
        'Send Exchange code.',
      ],
    });
  };
  showPage(makePage, pageWarning() + pageFields(), pageRights());
}
