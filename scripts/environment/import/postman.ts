import * as v from 'valibot';
import { contractKeys, textOf, type Changes, type ContractKey } from '../environment';
import { isOn, rowShape } from '../parse';
import { isPlainId, plainName } from '../plain-name';
import { isReference } from '../reference';
import { appTypes, type AppType } from '../settings';
import type { Candidate } from './candidate';

const environment = v.looseObject({ name: v.optional(v.unknown()), values: v.array(rowShape) });

/** Postman's API wraps an environment in another object; the app exports it bare, or all of them in one dump. */
const wrapped = v.pipe(
  v.looseObject({ environment }),
  v.transform((wrapper) => [wrapper.environment]),
);
const dump = v.pipe(
  v.looseObject({ environments: v.array(environment) }),
  v.transform((all) => all.environments),
);
const bare = v.pipe(
  environment,
  v.transform((one) => [one]),
);
const anyOfThem = v.union([wrapped, dump, bare]);

type Row = v.InferOutput<typeof rowShape>;

/** The keys of Xero's own collection that differ from ours. */
const xerosNames: Readonly<Record<string, ContractKey>> = {
  re_directURI: 'redirect_uri',
  'xero-tenant-id': 'tenant_id',
};

/** Rows about a consent or refresh in progress on the other machine; they are not taken over. */
const inProgressKeys: readonly string[] = [
  'consent_state',
  'consent_requested_at',
  'code_verifier',
  'callback_url',
  'pending_access_token',
  'pending_refresh_token',
  'refresh_started_at',
  'disconnect_confirm',
  'removed_at',
  'handed_over_at',
];

/**
 * The environments of an export of Postman's, of its data dump, of an answer of its API, or of a file of format v3, which has
 * the same rows in YAML; undefined for anything else.
 */
export function postmanCandidates(parsed: unknown): Candidate[] | undefined {
  const found = v.safeParse(anyOfThem, parsed);
  return found.success ? found.output.map(({ name, values }) => candidateOf(name, values)) : undefined;
}

function candidateOf(name: unknown, rows: readonly Row[]): Candidate {
  const changes: Changes = Object.fromEntries(rows.flatMap(adoptable));
  const isXeros = rows.some(({ key }) => key in xerosNames);
  return {
    name: typeof name === 'string' ? plainName(name) : '',
    format: isXeros ? "an environment of Xero's own collection" : 'a Postman environment',
    appType: appTypeOf(changes, rows),
    changes,
    generation: /^\d{1,15}$/.test(changes.generation ?? '') ? Number(changes.generation) : 0,
    tokenUrls: changes.token_url === undefined ? [] : [changes.token_url],
    vaulted: rows.filter((row) => isOn(row) && isVaulted(row)).flatMap(({ key }) => (isContractKey(key) ? [key] : [])),
    emptyRow: emptyRowOf(rows.filter(({ key }) => key === 'refresh_token')),
  };
}

/** A reference counts as blank, because only Postman knows its value. */
function adoptable(row: Row): [ContractKey, string][] {
  const [key, text] = [xerosNames[row.key] ?? row.key.trim(), currentText(row)];
  if (!isOn(row) || text === '' || isReference(text) || !isContractKey(key) || inProgressKeys.includes(key)) return [];
  if (key === 'tenant_name') return [[key, plainName(text)]];
  if ((key === 'tenant_id' || key === 'authorised_user_id') && !isPlainId(text)) return [];
  return [[key, text]];
}

/** Some versions write the current value beside the initial one. */
function currentText(row: Row): string {
  return textOf(row['sessionValue']) || textOf(row.value);
}

/** A row of format v3 may say which vault has its value: then it has `source`, and no value. */
function isVaulted(row: Row): boolean {
  return typeof row['source'] === 'object' && row['source'] !== null && currentText(row) === '';
}

function isContractKey(key: string): key is ContractKey {
  return Object.hasOwn(contractKeys, key);
}

function emptyRowOf(rows: readonly Row[]): NonNullable<Candidate['emptyRow']> {
  if (rows.some((row) => isOn(row) && isVaulted(row))) return 'vault';
  if (rows.some((row) => isOn(row) && isReference(currentText(row)))) return 'reference';
  return rows.some((row) => !isOn(row) && currentText(row) !== '') ? 'switched_off' : 'blank';
}

/**
 * An environment that doesn't say is of an app with a secret if it has a row for one; a blank there may be filled
 * later.
 */
function appTypeOf(changes: Changes, rows: readonly Row[]): AppType {
  const said = appTypes.find((type) => type === changes.app_type);
  const hasSecretRow = rows.some(({ key }) => key.trim() === 'client_secret');
  return said ?? (!hasSecretRow && changes.client_id !== undefined ? 'pkce' : 'web');
}
