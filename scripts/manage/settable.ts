import { redirectUriProblem } from '../consent/redirect-uri';
import { longestLinkLifetimeMs } from '../consent/state';
import { scopeProblems } from '../consent/scopes';
import { contractKeys, type ContractKey } from '../environment/environment';
import type { EnvVariables } from '../environment/env-names';
import { hostsVariable, isKnownHost } from '../environment/hosts';
import { isName } from '../environment/names';
import { isPlainId, plainName } from '../environment/plain-name';
import { isReference } from '../environment/reference';
import { invalid, type Failure } from '../errors';
import { dayMs } from '../text/duration';
import { similarTo } from '../text/similar';

/** The rows that a person may set by `set`, beside the client secret, which is never an argument. */
export const settableKeys = [
  'client_id',
  'redirect_uri',
  'scopes',
  'sender',
  'expected_tenant',
  'link_days',
  'app',
  'authorize_url',
  'token_url',
  'revocation_url',
  'connections_url',
  'api_url',
] as const satisfies readonly ContractKey[];
export type SettableKey = (typeof settableKeys)[number] | 'client_secret';
export type Wanted = Readonly<Partial<Record<SettableKey, string>>>;

const longest = 4096;

/**
 * One `KEY=VALUE` of the command line, checked; a blank value empties the row. The value is never repeated: it may be a
 * secret that was typed in a wrong place.
 * @throws Failure `invalid`
 */
export function settingGiven(word: string, env: EnvVariables): readonly [SettableKey, string] {
  const at = word.indexOf('=');
  const [key, value] = [word.slice(0, at).trim(), word.slice(at + 1).trim()];
  if (key === 'client_secret') {
    if (value === '') return [key, '']; // so that another place can fill it
    throw invalid(
      'secret_as_argument',
      'client_secret is never an argument: every user of the machine can see those',
      'give it by a file or standard input: npx evergrant set NAME --secret-from FILE, or --secret-from -',
    );
  }
  const settable = settableKeys.find((one) => one === key);
  if (settable === undefined) throw notSettable(key);
  const problem = value === '' ? undefined : problemOf(settable, value, env);
  if (problem !== undefined) throw invalid('bad_value', `${key} is not set: ${problem.why}`, problem.hint);
  return [settable, settable === 'sender' ? plainName(value) : value];
}

/** A client secret as it was read from a file or standard input. @throws Failure `invalid` */
export function secretGiven(text: string): string {
  const secret = text.trim();
  const why =
    secret === ''
      ? 'there is nothing there'
      : /[\s\p{C}]/u.test(secret) || secret.length > longest || isReference(secret)
        ? 'what is there can be no secret: it is one word without blanks'
        : undefined;
  if (why === undefined) return secret;
  throw invalid('bad_secret', `client_secret is not set: ${why}`, 'put the secret alone into the file, and run again');
}

/** What sets the rows that are no settings. */
const setBy: Readonly<Partial<Record<ContractKey, string>>> = {
  app_type: 'an app type is for good; for another environment: npx evergrant init NAME --app-type TYPE',
  access_token: 'tokens come from a consent or another program: npx evergrant adopt NAME FILE',
  refresh_token: 'tokens come from a consent or another program: npx evergrant adopt NAME FILE',
  generation: 'to go back to kept tokens: npx evergrant restore NAME',
  tenant_id: 'a consent says which organisation it is: npx evergrant consent NAME --replace',
  tenant_name: 'a consent says which organisation it is: npx evergrant consent NAME --replace',
  callback_url: 'to finish a consent: npx evergrant exchange NAME',
  disconnect_confirm: 'to disconnect: npx evergrant revoke NAME',
  handed_over_at: 'to hand over: npx evergrant export NAME --for-postman; to take back: npx evergrant restore NAME',
};

function notSettable(key: string): Failure {
  if (Object.hasOwn(contractKeys, key)) {
    const hint = setBy[key as ContractKey] ?? 'it is kept by refresh and consent alone: npx evergrant status NAME';
    return invalid('not_settable', `${key} is no setting`, hint);
  }
  const [near] = similarTo(key, settableKeys);
  const meant = near === undefined ? '' : `; did you mean ${near}?`;
  return invalid('unknown_key', `there is no such setting${meant}`, `set takes ${settableKeys.join(', ')}`);
}

interface Problem {
  readonly why: string;
  readonly hint: string;
}

function problemOf(key: SettableKey, value: string, env: EnvVariables): Problem | undefined {
  if (isReference(value)) {
    return { why: 'it is a Postman reference in double braces', hint: 'give the value itself' };
  }
  if (value.length > longest || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(value)) {
    return { why: 'it is more than one line, or too long', hint: 'give the value alone' };
  }
  return key.endsWith('_url') ? urlProblem(value, env) : (problems[key]?.(value) ?? undefined);
}

const problems: Readonly<Partial<Record<SettableKey, (value: string) => Problem | undefined>>> = {
  client_id: (value) =>
    /^[\w.-]+$/.test(value) ? undefined : { why: 'it is no client id', hint: 'copy it from developer.xero.com' },
  redirect_uri: (value) => {
    const why = redirectUriProblem(value);
    const hint = 'use https, or http://localhost with a port and path, as in the app';
    return why === undefined ? undefined : { why, hint };
  },
  scopes: scopeShapeProblem,
  expected_tenant: (value) =>
    isPlainId(value) ? undefined : { why: 'it is no tenant id', hint: 'see the ids: npx evergrant connections NAME' },
  link_days: (value) => {
    const [days, most] = [Number(value), longestLinkLifetimeMs / dayMs];
    if (/^\d{1,2}$/.test(value) && days >= 1 && days <= most) return undefined;
    return { why: `it is no number from 1 to ${most}`, hint: 'leave it blank for 14: link_days=' };
  },
  app: (value) => (isName(value) ? undefined : { why: 'it is no name', hint: 'name an app as in set --app books' }),
};

/** Why Xero would refuse these scopes in a consent link; undefined when it would not. */
export function refusedScopes(scopes: string): Failure | undefined {
  const fatal = scopes === '' ? undefined : scopeProblems(scopes).find(({ code }) => code !== 'broad_scope');
  return fatal && invalid(fatal.code, `scopes is not set: ${fatal.problem}`, fatal.mend);
}

/** Scopes are words with dots, as in Xero's list. */
function scopeShapeProblem(value: string): Problem | undefined {
  const odd = value.split(/\s+/).find((scope) => !/^[a-z][a-z0-9_]*(\.[a-z0-9_-]+)*$/.test(scope));
  const hint = 'separate scopes by blanks, as in "offline_access accounting.contacts"';
  return odd === undefined ? undefined : { why: 'one of them is no scope', hint };
}

function urlProblem(value: string, env: EnvVariables): Problem | undefined {
  if (isKnownHost(value, env) && !/[\\\s#]/.test(value)) return undefined;
  const hint = `use Xero's own; another host is allowed in .env: ${hostsVariable}=HOST`;
  return { why: 'it leads to no host that is known here', hint };
}
