import { invalid, type Failure } from '../../errors';
import { isSealed } from '../../sealing/envelope';
import { jsonOf } from '../../text/json';
import { shellQuoted } from '../../text/shell';
import { readYaml } from '../../text/yaml';
import type { EnvVariables } from '../env-names';
import { isToken, longestToken } from '../tokens';
import { isKnownHost } from '../hosts';
import { switchedOff } from '../row-faults';
import { claimsOf } from '../tenant';
import type { Candidate } from './candidate';
import { postmanCandidates } from './postman';
import { bareCandidates, phpCandidates } from './text';
import { tokenSetCandidates } from './token-set';

/** A connection of another program, judged and ready to be taken over. */
export interface Adoptable extends Candidate {
  /** The URL rows that were left out, because their hosts are not known. */
  readonly strangers: readonly string[];
}

export interface AdoptOptions {
  readonly now: Date;
  readonly env: EnvVariables;
  /** Which connection to take from a file that holds several. */
  readonly from?: string | undefined;
}

/**
 * Reads a connection from a text: an environment of Postman's, exported or in YAML, ours or that of Xero's own collection; a
 * data dump with several of them; a token set of an SDK or a program; or a bare refresh token.
 * @throws Failure `invalid` when the text is none of them, holds no refresh token, or holds another provider's
 */
export function readAdoptable(text: string, where: string, options: AdoptOptions): Adoptable {
  const body = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const chosen = choose(candidatesIn(body, options.now), where, options.from);
  const sealed = Object.entries(chosen.changes).find(([, value]) => isSealed(value));
  if (sealed !== undefined) throw isSealedThere(sealed[0], where);
  refuseOtherProvider(chosen, where, options.env);
  const { access_token: accessToken = '', refresh_token: refreshToken = '' } = chosen.changes;
  const odd = [accessToken, refreshToken].find((token): boolean => token !== '' && !isToken(token));
  if (odd !== undefined) throw noToken(odd, where);
  const isStrange = ([key, value]: [string, string]): boolean =>
    key.endsWith('_url') && !isKnownHost(value, options.env);
  const rows = Object.entries(chosen.changes);
  const strangers = rows.filter(isStrange).map(([key]) => key);
  return { ...chosen, changes: Object.fromEntries(rows.filter((row) => !isStrange(row))), strangers };
}

const hint =
  'give an environment of Postman, a token file of xoauth, an SDK or Laravel, or a file with the refresh token alone';

function candidatesIn(text: string, now: Date): Candidate[] {
  const parsed = jsonOf(text) ?? rowsInYaml(text);
  const found = postmanCandidates(parsed) ?? tokenSetCandidates(parsed, now);
  if (found.length > 0) return found;
  return [...phpCandidates(text, now), ...bareCandidates(text, now)];
}

/** What `NAME.environment.yaml` of Postman's format v3 holds; undefined for a text that has no rows like that. */
function rowsInYaml(text: string): unknown {
  return /^values:/m.test(text) ? readYaml(text)?.data : undefined;
}

/** The one that is named, or else the only one that can be refreshed. */
function choose(candidates: readonly Candidate[], where: string, from: string | undefined): Candidate {
  if (candidates.length === 0)
    throw invalid('nothing_to_adopt', `${where} holds no connection that is known here`, hint);
  const wanted = from?.toLowerCase();
  const named = candidates.filter(({ name }) => wanted === undefined || name.toLowerCase() === wanted);
  if (named.length === 0) throw whichOne(`${where} holds nothing of that name, but`, candidates);
  const [first, ...others] = named.filter(canBeKept);
  if (first === undefined) throw noRefreshToken(named, where);
  if (others.length > 0) throw whichOne(`${where} holds several:`, [first, ...others]);
  return first;
}

/** Whether it can be refreshed. A custom connection needs no refresh token: its id and secret are enough. */
function canBeKept({ appType, changes }: Candidate): boolean {
  const { refresh_token: refreshToken = '', client_id: clientId = '' } = changes;
  return refreshToken !== '' || (appType === 'custom_connection' && clientId !== '');
}

function isSealedThere(key: string, where: string): Failure {
  const hint = 'where it is kept, hand it over: npx evergrant export NAME --for-postman';
  return invalid('sealed', `${key} in ${where} is sealed, and opens in its own store alone`, hint);
}

function whichOne(problem: string, candidates: readonly Candidate[]): Failure {
  const names = candidates.map(({ name }) => shellQuoted(name));
  return invalid(
    'which_connection',
    `${problem} ${names.join(', ')}`,
    `say which with --from, as in --from ${names[0] ?? ''}`,
  );
}

function noRefreshToken(candidates: readonly Candidate[], where: string): Failure {
  const names = candidates.flatMap(({ name }) => (name === '' ? [] : [shellQuoted(name)]));
  const place = names.length === 0 ? where : `${names.join(', ')} in ${where}`;
  const emptyRow = candidates[0]?.emptyRow;
  if (emptyRow === undefined)
    return invalid('no_refresh_token', `${where} has no refresh token, so there is nothing to keep alive`, hint);
  if (emptyRow === 'switched_off') return switchedOff('refresh_token', where);
  if (emptyRow === 'vault') {
    return invalid(
      'in_a_vault',
      `the value of refresh_token of ${place} is in a vault, and not in the file`,
      'copy it from Postman, which shows it under Vault, and paste it: npx evergrant adopt NAME - --app-type web',
    );
  }
  const copy = 'send Hand over in Postman, copy the text on its page, and paste it into: npx evergrant adopt NAME -';
  if (emptyRow === 'reference') {
    return invalid(
      'postman_reference',
      `refresh_token of ${place} is a Postman reference in double braces, looked up in Postman alone`,
      copy,
    );
  }
  return invalid(
    'no_refresh_token',
    `${place} has no refresh token: Postman exports initial (shared) values only, and tokens are current (local) ones`,
    copy,
  );
}

const xerosAudience = 'https://identity.xero.com/resources';

/**
 * Refuses tokens that, by their claims or the file, are not Xero's: sending them would give another provider's secret
 * to Xero.
 */
function refuseOtherProvider(
  { changes, tokenUrls, idToken, format }: Candidate,
  where: string,
  env: EnvVariables,
): void {
  const { access_token: accessToken = '', refresh_token: refreshToken = '' } = changes;
  const issuers = [accessToken, refreshToken, idToken ?? ''].flatMap((token) => textsOf(claimsOf(token)['iss']));
  const stranger = [...tokenUrls, ...issuers].find((url) => !isKnownHost(url, env));
  const audience = textsOf(claimsOf(accessToken)['aud']);
  if (stranger !== undefined || (audience.length > 0 && !audience.includes(xerosAudience)))
    throw otherProvider(stranger, where);
  const isToken = accessToken === '' || accessToken.split('.').length === 3;
  if (format === 'a token set' && !isToken) throw unreadableTokens(where);
  if ('authentication_event_id' in claimsOf(refreshToken)) throw accessTokenAlone(where);
}

function textsOf(claim: unknown): string[] {
  return (Array.isArray(claim) ? (claim as unknown[]) : [claim]).filter((one) => typeof one === 'string');
}

function otherProvider(url: string | undefined, where: string): Failure {
  const host = url !== undefined && URL.canParse(url) ? new URL(url).host : '';
  return invalid(
    'another_provider',
    `the tokens in ${where} are not Xero's${host === '' ? '' : `, but of ${host}`}`,
    host === ''
      ? "give the file of Xero's tokens"
      : `if it stands in for Xero, allow it in .env: EVERGRANT_HOSTS=${host}`,
  );
}

function unreadableTokens(where: string): Failure {
  return invalid(
    'encrypted_tokens',
    `the tokens in ${where} are encrypted, or not Xero's: its access tokens are in three parts`,
    'have the program that made them write them out, or make a new link: npx evergrant consent NAME',
  );
}

function noToken(odd: string, where: string): Failure {
  const why =
    odd.length > longestToken ? `it has more than ${longestToken} characters` : 'it has blanks, braces or quotes';
  return invalid('not_a_token', `what stands for a token in ${where} can be none: ${why}`, hint);
}

function accessTokenAlone(where: string): Failure {
  return invalid('no_refresh_token', `${where} has an access token only, which nothing can keep alive`, hint);
}
