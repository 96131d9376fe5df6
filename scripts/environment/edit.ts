import {
  applyEdits,
  modify,
  parseTree,
  printParseErrorCode,
  type Edit,
  type Node,
  type ParseError,
} from 'jsonc-parser';
import { invalid, quoted } from '../errors';
import { contractKeys, type Changes, type ContractKey } from './environment';
import { isOn } from './parse';
import { switchedOff } from './row-faults';

const bom = '\uFEFF';

/** The text of an environment file, parsed once, so that values in it can be set and every other byte stays. */
export interface ParsedText {
  readonly rows: readonly ParsedRow[];
  /** The row to be set for a key: of two, the one that is switched on in Postman. */
  readonly rowOf: ReadonlyMap<string, ParsedRow>;
  /** The list of rows; undefined when the file has none. */
  readonly values: Node | undefined;
  /** Without its byte order mark. */
  readonly body: string;
  readonly mark: string;
  readonly where: string;
}

export interface ParsedRow {
  readonly node: Node;
  readonly key: string;
  readonly properties: ReadonlyMap<string, Node>;
}

/**
 * Parses the text of an environment file for {@link withChanges}.
 * @throws Failure `invalid` when it is not JSON, or a property occurs twice
 */
export function parsedText(text: string, where: string): ParsedText {
  const mark = text.startsWith(bom) ? bom : '';
  const body = text.slice(mark.length);
  const values = propertiesOf(rootOf(body, where), where).get('values');
  const rows = (values?.children ?? []).map((node): ParsedRow => {
    const properties = propertiesOf(node, where);
    return { node, properties, key: String(properties.get('key')?.value) };
  });
  const rowOf = new Map<string, ParsedRow>();
  for (const row of rows) if (isTicked(row) || !rowOf.has(row.key)) rowOf.set(row.key, row);
  return { rows, rowOf, values, body, mark, where };
}

/**
 * The text with some of the contract's keys set. Every other byte stays: order, ids, `type`, `enabled`, unknown keys,
 * number formats, indentation, line ends and a byte order mark. A key that has no row gets one. `others` are the places
 * of more values that are set; where one is a key's too, the key's is set.
 * @throws Failure `invalid` when a row to be set is switched off in Postman
 */
export function withChanges(parsed: ParsedText, changes: Changes, others: readonly Edit[] = []): string {
  const edits = new Map(others.map((edit) => [edit.offset, edit]));
  const added: NewRow[] = [];
  for (const [key, value] of Object.entries(changes) as NewRow[]) {
    const row = parsed.rowOf.get(key);
    if (row === undefined) added.push([key, value]);
    else {
      const edit = setValue(row, key, value, parsed.where);
      edits.set(edit.offset, edit);
    }
  }
  return parsed.mark + withRows(parsed, added, [...edits.values()]);
}

/** The text of an environment file with some of the contract's keys set, as by {@link withChanges}. @throws Failure `invalid` */
export function editEnvironment(text: string, changes: Changes, where: string): string {
  return withChanges(parsedText(text, where), changes);
}

/** Refuses a text that could not be edited safely, before anything depends on it. @throws Failure `invalid` */
export function checkEditable(text: string, keys: readonly ContractKey[], where: string): void {
  checkRows(parsedText(text, where), keys);
}

export interface EnvironmentEditor {
  edit(text: string, changes: Changes): string;
  check(text: string, keys: readonly ContractKey[]): void;
}

/**
 * Edits one file's text as {@link editEnvironment} does, any number of times. A text that it has made is not parsed again:
 * it is made anew, with all that was set so far, from the text that is parsed already.
 */
export function environmentEditor(where: string): EnvironmentEditor {
  let last: { readonly parsed: ParsedText; readonly changes: Changes; readonly text: string } | undefined;
  const known = (text: string): NonNullable<typeof last> =>
    last?.text === text ? last : (last = { parsed: parsedText(text, where), changes: {}, text });
  return {
    edit: (before, more) => {
      const { parsed, changes: set } = known(before);
      const changes = { ...set, ...more };
      const text = withChanges(parsed, changes);
      last = { parsed, changes, text };
      return text;
    },
    check: (text, keys) => checkRows(known(text).parsed, keys),
  };
}

function checkRows({ rowOf, where }: ParsedText, keys: readonly ContractKey[]): void {
  for (const key of keys) {
    const row = rowOf.get(key);
    if (row !== undefined) setValue(row, key, 'x', where);
  }
}

type NewRow = readonly [ContractKey, string];

function rootOf(body: string, where: string): Node {
  const errors: ParseError[] = [];
  const root = treeOf(body, errors);
  if (root !== undefined && errors[0] === undefined) return root;
  const problem = errors[0] === undefined ? 'nothing in it that can be read' : printParseErrorCode(errors[0].error);
  throw invalid('not_json', `${where} is not JSON (${problem})`, `mend ${where} or export it from Postman again`);
}

function isTicked({ properties }: Pick<ParsedRow, 'properties'>): boolean {
  return isOn({ enabled: properties.get('enabled')?.value, disabled: properties.get('disabled')?.value });
}

/** Undefined also when objects are nested deeper than the parser can follow. */
function treeOf(body: string, errors: ParseError[]): Node | undefined {
  try {
    return parseTree(body, errors, { disallowComments: true });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function propertiesOf(object: Node, where: string): Map<string, Node> {
  const properties = new Map<string, Node>();
  for (const { children } of object.children ?? []) {
    const [name, value] = children ?? [];
    if (name === undefined || value === undefined) continue;
    const key = String(name.value);
    if (properties.has(key)) {
      throw invalid(
        'duplicate_key',
        `${where} has the property ${quoted(key)} twice in one object`,
        `keep one of them in ${where}`,
      );
    }
    properties.set(key, value);
  }
  return properties;
}

function setValue({ node: row, properties }: ParsedRow, key: ContractKey, value: string, where: string): Edit {
  if (value !== '' && !isTicked({ properties })) throw switchedOff(key, where);
  const content = JSON.stringify(value);
  const node = properties.get('value');
  if (node !== undefined) return { offset: node.offset, length: node.length, content };
  const keyNode = properties.get('key') ?? row;
  return { offset: keyNode.offset + keyNode.length, length: 0, content: `, "value": ${content}` };
}

/** The body edited, and with rows added after the last one, formatted like the rows before them. */
function withRows({ body, rows, values, where }: ParsedText, added: readonly NewRow[], edits: readonly Edit[]): string {
  const [first, ...others] = added.map(([key, value]) => ({ key, value, type: contractKeys[key], enabled: true }));
  if (first === undefined) return applyEdits(body, [...edits]);
  const [previous, last] = [rows.at(-2)?.node, rows.at(-1)?.node];
  if (values === undefined || last === undefined) {
    const formattingOptions = { insertSpaces: true, tabSize: 2 };
    const text = applyEdits(body, modify(body, ['values', 0], first, { formattingOptions }));
    return withRows(parsedText(text, where), added.slice(1), []);
  }
  const gap = body.slice(previous === undefined ? values.offset + 1 : previous.offset + previous.length, last.offset);
  const lead = previous === undefined ? `,${gap}` : gap;
  const blanks = lead.replace(/^,/, '');
  const indent = blanks.slice(blanks.lastIndexOf('\n') + 1);
  const end = last.offset + last.length;
  const isSpread = body.slice(last.offset, end).includes('\n');
  const eol = body.includes('\r\n') ? '\r\n' : '\n';
  const step = isSpread ? indentStep(body, indent) : undefined;
  const texts = [first, ...others].map((row) => JSON.stringify(row, null, step).replaceAll('\n', `${eol}${indent}`));
  const addition = { offset: end, length: 0, content: texts.map((text) => lead + text).join('') };
  return applyEdits(body, [...edits, addition]);
}

/** Postman's exports are indented by tabs or spaces; a row stands two levels in. */
function indentStep(body: string, rowIndent: string): string {
  return rowIndent === ''
    ? (/\n([ \t]+)/.exec(body)?.[1] ?? '  ')
    : rowIndent.slice(0, Math.max(1, rowIndent.length / 2));
}
