import * as v from 'valibot';
import { invalid } from '../errors';
import { shellQuoted } from '../text/shell';
import { contractKeys, type Environment, type SealingOf } from './environment';

/** A row as the Postman app, its older versions and its API write it; only the key is always there. */
export const rowShape = v.looseObject({
  key: v.string(),
  value: v.optional(v.unknown()),
  type: v.optional(v.unknown()),
  enabled: v.optional(v.unknown()),
  disabled: v.optional(v.unknown()),
});

const fileShape = v.looseObject({ name: v.optional(v.unknown()), values: v.array(rowShape) });

/** Postman's API wraps the environment in another object. */
const wrapperShape = v.looseObject({ environment: v.looseObject({ values: v.array(v.unknown()) }) });

/** Whether a row is switched on in Postman. Off is `enabled: false`, or `disabled: true` in other versions. */
export function isOn({ enabled, disabled }: { readonly enabled?: unknown; readonly disabled?: unknown }): boolean {
  return enabled !== false && disabled !== true;
}

/**
 * Reads the text of an environment file. Older versions of Postman exported no `name`; then the file's name is used.
 * @throws Failure `invalid`, naming `where` and the wrong place in it
 */
export function parseEnvironment(text: string, name: string, where: string, sealing?: SealingOf): Environment {
  const json = parseJson(text, name, where);
  const parsed = v.safeParse(fileShape, json);
  if (!parsed.success) {
    if (v.is(wrapperShape, json)) throw wrapped(name, where);
    const issue = parsed.issues[0];
    const place = v.getDotPath(issue) ?? 'the file';
    throw invalid(
      'not_an_environment',
      `${where} is no Postman environment: ${place} is ${describe(issue)}`,
      exportHint(name, where),
    );
  }
  const variables = parsed.output.values.map((row) => ({
    key: row.key,
    value: row.value,
    type: typeof row.type === 'string' ? row.type : 'default',
    enabled: isOn(row),
  }));
  checkContractRows(variables, where);
  const { name: innerName } = parsed.output;
  return { name, innerName: typeof innerName === 'string' ? innerName : name, text, variables, sealing };
}

function parseJson(text: string, name: string, where: string): unknown {
  if (text.trim() === '') throw invalid('empty_file', `${where} is empty`, exportHint(name, where));
  try {
    return JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
  } catch {
    // The parser's own message quotes the file, and the file holds secrets.
    throw invalid('not_json', `${where} is not JSON`, exportHint(name, where));
  }
}

function checkContractRows(variables: Environment['variables'], where: string): void {
  const seen = new Set<string>();
  for (const { key, value } of variables.filter((row) => row.enabled && Object.hasOwn(contractKeys, row.key))) {
    if (seen.has(key))
      throw invalid('duplicate_key', `${where} has ${key} twice`, `keep one row of ${key} in ${where}`);
    if (typeof value === 'object' && value !== null) {
      throw invalid('not_text', `${key} in ${where} is no text`, `write ${key} as a JSON string`);
    }
    seen.add(key);
  }
}

function wrapped(name: string, where: string): Error {
  const aside = shellQuoted(where.replace(/(\.postman_environment)?\.json$/, '') + '.from-api.json');
  return invalid(
    'not_an_environment',
    `${where} is what Postman's API answers with: the environment stands inside of "environment" there`,
    `take it over: mv ${shellQuoted(where)} ${aside} && npx evergrant adopt ${name} ${aside}`,
  );
}

function describe(issue: v.BaseIssue<unknown>): string {
  return issue.received === 'undefined' ? 'missing' : `not ${issue.expected?.replaceAll('"', '') ?? 'right'}`;
}

function exportHint(name: string, where: string): string {
  return `put the last good one back: npx evergrant restore ${name}, or a Postman environment export at ${where}`;
}
