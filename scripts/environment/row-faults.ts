import { invalid, type Failure } from '../errors';
import { shellQuoted } from '../text/shell';
import { appFault } from './app';
import { envNames, type EnvKey } from './env-names';
import { has, rawOf, textOf, valueOf, type ContractKey, type Environment } from './environment';
import { isReference } from './reference';

const urls = ['authorize_url', 'token_url', 'revocation_url', 'connections_url', 'api_url'] as const;
const always = [...urls, 'client_id', 'access_token', 'tenant_id'] as const;
const ofConsent = ['redirect_uri', 'scopes', 'refresh_token'] as const;

/**
 * By app type, the rows that are sent in requests and links, or given to the programs that `token` and `exec` serve.
 */
const sentKeys: Readonly<Record<string, readonly ContractKey[]>> = {
  web: [...always, ...ofConsent, 'client_secret'],
  pkce: [...always, ...ofConsent, 'code_verifier'],
  custom_connection: [...always, 'client_secret', 'scopes'],
};

/** The rows that every save of tokens writes: none of them may be switched off. */
const savedKeys: readonly ContractKey[] = [
  'access_token',
  'refresh_token',
  'access_token_expires_at',
  'refresh_token_expires_at',
  'generation',
  'refresh_started_at',
  'grant_status',
];

/**
 * The fault of an environment that cannot be used although nothing is missing in it: a row that is sent holds a
 * reference that only Postman can look up, or a row of the token set is switched off or its key is misspelt (blanks,
 * capitals), or the app that it names is not there. It is checked before anything is sent, marked or handed out.
 */
export function unusableRow(environment: Environment, where: string): Failure | undefined {
  const ofItsApp = appFault(environment, where);
  if (ofItsApp !== undefined) return ofItsApp;
  if (environment.fault !== undefined) return environment.fault;
  const sent = sentKeys[valueOf(environment, 'app_type')] ?? always;
  const references = sent.filter((key) => isReference(rawOf(environment, key)));
  if (references.length > 0) return heldReferences(references, where);
  for (const key of savedKeys) {
    const fault = nearlyThere(environment, key, where);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** The failure for a row that is there but does not count: it is switched off, or its key is misspelt. */
export function nearlyThere(environment: Environment, key: ContractKey, where: string): Failure | undefined {
  if (has(environment, key)) return undefined;
  if (isSwitchedOff(environment, key)) return switchedOff(key, where);
  const near = environment.variables.find((row) => row.key !== key && row.enabled && plain(row.key) === key);
  if (near === undefined || textOf(near.value) === '') return undefined;
  return invalid(
    'misspelt_key',
    `${key} is missing in ${where}, which has a row ${shellQuoted(near.key)} in its place`,
    `rename that row to ${key}: small letters, no blanks`,
  );
}

/** The failure for a row that is switched off; neither Postman nor this program reads it. */
export function switchedOff(key: ContractKey, where: string): Failure {
  return invalid(
    'switched_off',
    `${key} is switched off in Postman: its row in ${where} is unticked`,
    `tick ${key} in Postman and export again, or set its "enabled" to true in ${where}`,
  );
}

/** The failure for a reference in a value from the process or `.env`; only Postman could look it up. */
export function referenceFromEnv(key: EnvKey): Failure {
  return invalid(
    'postman_reference',
    `${envNames[key]} is a Postman reference in double braces, which is looked up in Postman alone`,
    `set ${envNames[key]} to the value itself`,
  );
}

function heldReferences(keys: readonly ContractKey[], where: string): Failure {
  const [are, references] = keys.length === 1 ? ['is', 'a Postman reference'] : ['are', 'Postman references'];
  const filled = keys.filter((key): key is EnvKey => key in envNames).map((key) => envNames[key]);
  const byOutside = filled.length === 0 ? '' : `, or leave it blank and set ${filled.join(', ')} in .env`;
  return invalid(
    'postman_reference',
    `${keys.join(', ')} in ${where} ${are} ${references} in double braces, looked up in Postman alone`,
    `write the value itself, as Postman shows it, into ${keys.join(', ')} in ${where}${byOutside}`,
  );
}

function isSwitchedOff({ variables }: Environment, key: ContractKey): boolean {
  const rows = variables.filter((row) => row.key === key);
  return rows.length > 0 && rows.every(({ enabled }) => !enabled);
}

function plain(key: string): string {
  return key.replaceAll(/[\s\p{C}]/gu, '').toLowerCase();
}
