import { applyEdits, findNodeAtLocation, parseTree, type Edit, type Node } from 'jsonc-parser';
import { editEnvironment } from '../edit';
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
  const tokens = Object.fromEntries(tokenKeys.map((key) => [key, rawOf(environment, key)]));
  const present = new Set(environment.variables.map(({ key }) => key));
  const blank = Object.fromEntries(tokenKeys.filter((key) => present.has(key)).map((key) => [key, '']));
  const body = editEnvironment(text, blank, where);
  const secrets = Object.fromEntries(secretRows(body));
  return { body: withValues(body, new Map(Object.keys(secrets).map((row) => [row, '']))), secrets, tokens };
}

/** The whole text. Token rows that the document does not have are added only for values. */
export function textOf({ body, secrets, tokens }: Parts, where: string): string {
  const text = withValues(body, new Map(Object.entries(secrets)));
  const present = new Set(rowsOf(text).map(({ key }) => key));
  const given = (Object.entries(tokens) as [ContractKey, string][]).filter(
    ([key, value]) => value !== '' || present.has(key),
  );
  return editEnvironment(text, Object.fromEntries(given), where);
}

interface TextRow {
  readonly key: string;
  readonly isSecret: boolean;
  readonly value: Node | undefined;
}

function rowsOf(text: string): readonly TextRow[] {
  const root = parseTree(text.replace(/^\uFEFF/, ' '));
  const rows = (root && findNodeAtLocation(root, ['values'])?.children) ?? [];
  return rows.map((row) => {
    const node = (name: string): Node | undefined => findNodeAtLocation(row, [name]);
    const key = String(node('key')?.value);
    const isOfContract = contractKeys[key as ContractKey] === 'secret';
    return { key, isSecret: isOfContract || node('type')?.value === 'secret', value: node('value') };
  });
}

/** The values of secret rows that are not blank, by their number. */
function secretRows(text: string): [string, string][] {
  return rowsOf(text).flatMap(({ isSecret, value }, number): [string, string][] =>
    isSecret && value?.type === 'string' && value.value !== '' ? [[String(number), String(value.value)]] : [],
  );
}

/** The text with other values in some rows. */
function withValues(text: string, values: ReadonlyMap<string, string>): string {
  const edits = rowsOf(text).flatMap(({ value }, number): Edit[] => {
    const wanted = values.get(String(number));
    if (wanted === undefined || value === undefined) return [];
    return [{ offset: value.offset, length: value.length, content: JSON.stringify(wanted) }];
  });
  return applyEdits(text, edits);
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
