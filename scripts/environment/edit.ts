import {
  applyEdits,
  findNodeAtLocation,
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

/**
 * The text of an environment file with some of the contract's keys set. Every other byte stays: order, ids, `type`,
 * `enabled`, unknown keys, number formats, indentation, line ends and a byte order mark. A key that has no row gets
 * one.
 * @throws Failure `invalid` when a property occurs twice, or a row to be set is switched off in Postman
 */
export function editEnvironment(text: string, changes: Changes, where: string): string {
  return environmentEditor(where).edit(text, changes);
}

/** Edits one file's text as {@link editEnvironment} does, any number of times; the last text is not parsed again. */
export function environmentEditor(where: string): EnvironmentEditor {
  let last: { readonly body: string; readonly rows: Rows } | undefined;
  const rowsIn = (body: string): Rows => {
    if (last?.body !== body) last = { body, rows: rowsOf(body, where) };
    return last.rows;
  };
  const edit = (text: string, changes: Changes): string => {
    const body = withoutBom(text);
    const edited = editBody(body, rowsIn(body), changes, where);
    return body === text ? edited : bom + edited;
  };
  const check = (text: string, keys: readonly ContractKey[]): void => {
    const rows = rowsIn(withoutBom(text));
    for (const key of keys) {
      const row = rows.get(key);
      if (row !== undefined) setValue(row, key, 'x', where);
    }
  };
  return { edit, check };
}

function withoutBom(text: string): string {
  return text.startsWith(bom) ? text.slice(1) : text;
}

export interface EnvironmentEditor {
  edit(text: string, changes: Changes): string;
  /** Refuses a text that `edit` could not edit safely, before anything depends on it. */
  check(text: string, keys: readonly ContractKey[]): void;
}

type Rows = ReadonlyMap<string, Node>;
type NewRow = readonly [ContractKey, string];

function editBody(body: string, rows: Rows, changes: Changes, where: string): string {
  const edits: Edit[] = [];
  const added: NewRow[] = [];
  for (const [key, value] of Object.entries(changes) as NewRow[]) {
    const row = rows.get(key);
    if (row === undefined) added.push([key, value]);
    else edits.push(setValue(row, key, value, where));
  }
  return addRows(applyEdits(body, edits), added);
}

function rowsOf(body: string, where: string): Rows {
  const errors: ParseError[] = [];
  const root = treeOf(body, errors);
  if (root === undefined || errors[0] !== undefined) {
    const problem = errors[0] === undefined ? 'nothing in it that can be read' : printParseErrorCode(errors[0].error);
    throw invalid('not_json', `${where} is not JSON (${problem})`, `mend ${where} or export it from Postman again`);
  }
  const rows = new Map<string, Node>();
  for (const row of propertiesOf(root, where).get('values')?.children ?? []) {
    const properties = propertiesOf(row, where);
    const key = String(properties.get('key')?.value);
    if (isTicked(properties) || !rows.has(key)) rows.set(key, row); // of two rows, the one that is switched on
  }
  return rows;
}

function isTicked(properties: ReadonlyMap<string, Node>): boolean {
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

function setValue(row: Node, key: ContractKey, value: string, where: string): Edit {
  const properties = propertiesOf(row, where);
  if (value !== '' && !isTicked(properties)) throw switchedOff(key, where);
  const content = JSON.stringify(value);
  const node = properties.get('value');
  if (node !== undefined) return { offset: node.offset, length: node.length, content };
  const keyNode = properties.get('key') ?? row;
  return { offset: keyNode.offset + keyNode.length, length: 0, content: `, "value": ${content}` };
}

/** Adds rows after the last one, formatted like the rows before them. */
function addRows(body: string, added: readonly NewRow[]): string {
  const [first, ...others] = added.map(([key, value]) => ({ key, value, type: contractKeys[key], enabled: true }));
  if (first === undefined) return body;
  const values = findNodeAtLocation(parseTree(body) ?? noNode, ['values']);
  const rows = values?.children ?? [];
  const [previous, last] = [rows.at(-2), rows.at(-1)];
  if (values === undefined || last === undefined) {
    const formattingOptions = { insertSpaces: true, tabSize: 2 };
    return addRows(applyEdits(body, modify(body, ['values', 0], first, { formattingOptions })), added.slice(1));
  }
  const gap = body.slice(previous === undefined ? values.offset + 1 : previous.offset + previous.length, last.offset);
  const lead = previous === undefined ? `,${gap}` : gap;
  const indent = /[^\n]*$/.exec(lead.replace(/^,/, ''))?.[0] ?? '';
  const end = last.offset + last.length;
  const isSpread = body.slice(last.offset, end).includes('\n');
  const eol = body.includes('\r\n') ? '\r\n' : '\n';
  const step = isSpread ? indentStep(body, indent) : undefined;
  const texts = [first, ...others].map((row) => JSON.stringify(row, null, step).replaceAll('\n', `${eol}${indent}`));
  return body.slice(0, end) + texts.map((text) => lead + text).join('') + body.slice(end);
}

/** Postman's exports are indented by tabs or spaces; a row stands two levels in. */
function indentStep(body: string, rowIndent: string): string {
  return rowIndent === ''
    ? (/\n([ \t]+)/.exec(body)?.[1] ?? '  ')
    : rowIndent.slice(0, Math.max(1, rowIndent.length / 2));
}

const noNode: Node = { type: 'null', offset: 0, length: 0 };
