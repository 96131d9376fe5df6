import type { Edit, Node } from 'jsonc-parser';
import { parsedText, withChanges, type ParsedRow } from '../edit';
import { contractKeys, rawOf, type Changes, type ContractKey } from '../environment';
import { parseEnvironment } from '../parse';
import { tokenKeys } from '../grant';

/**
 * An environment's text in parts: the Postman document without any secret, the values of its secret rows by their
 * number, and its token rows, which have columns of their own.
 */
export interface Parts {
  readonly body: string;
  readonly secrets: Readonly<Record<string, string>>;
  readonly tokens: Changes;
}

/** @throws Failure `invalid` for a text that is no environment */
export function partsOf(text: string, name: string, where: string): Parts {
  const environment = parseEnvironment(text, name, where);
  const parsed = parsedText(text, where);
  const held = new Set(tokenKeys.flatMap((key) => parsed.rowOf.get(key) ?? []));
  const secrets = [...parsed.rows.entries()].flatMap(([number, row]) => {
    const value = held.has(row) ? undefined : secretOf(row);
    return value === undefined ? [] : [{ number, value, text: String(value.value) }];
  });
  const blank = Object.fromEntries(tokenKeys.filter((key) => parsed.rowOf.has(key)).map((key) => [key, '']));
  const body = withChanges(
    parsed,
    blank,
    secrets.map(({ value }) => valueSet(value, '')),
  );
  return {
    body,
    secrets: Object.fromEntries(secrets.map((one) => [one.number, one.text])),
    tokens: Object.fromEntries(tokenKeys.map((key) => [key, rawOf(environment, key)])),
  };
}

/** The whole text. Token rows that the document does not have are added only for values. */
export function textOf({ body, secrets, tokens }: Parts, where: string): string {
  const parsed = parsedText(body, where);
  const given = (Object.entries(tokens) as [ContractKey, string][]).filter(
    ([key, value]) => value !== '' || parsed.rowOf.has(key),
  );
  const values = Object.entries(secrets).flatMap(([number, text]): Edit[] => {
    const value = parsed.rows[Number(number)]?.properties.get('value');
    return value === undefined ? [] : [valueSet(value, text)];
  });
  return withChanges(parsed, Object.fromEntries(given), values);
}

/** The value of a secret row, unless it is blank. */
function secretOf({ key, properties }: ParsedRow): Node | undefined {
  const value = properties.get('value');
  const isSecret = contractKeys[key as ContractKey] === 'secret' || properties.get('type')?.value === 'secret';
  return isSecret && value?.type === 'string' && value.value !== '' ? value : undefined;
}

function valueSet({ offset, length }: Node, text: string): Edit {
  return { offset, length, content: JSON.stringify(text) };
}

/** Whether these changes are of tokens, and the others. */
export function parted(changes: Changes): { readonly tokens: Changes; readonly others: Changes } {
  const entries = Object.entries(changes) as [ContractKey, string][];
  const isToken = ([key]: [ContractKey, string]): boolean => tokenKeys.includes(key);
  return {
    tokens: Object.fromEntries(entries.filter(isToken)),
    others: Object.fromEntries(entries.filter((entry) => !isToken(entry))),
  };
}
