import type { Document, LineCounter, Node, Scalar } from 'yaml';

/** A YAML text as data, and where its parts stand. */
export interface Yaml {
  readonly data: unknown;
  /** The line, from 1, of what these keys lead to; of what is around it where there is no such part. */
  lineOf(keys: readonly (string | number)[]): number;
}

/**
 * Reads a YAML text. Numbers stay as they are written, because an id of digits alone is no number; `true`, `false` and
 * null are values. Undefined for a text that is no YAML, or more than one document. The parser is loaded when it is needed.
 */
export function readYaml(text: string): Yaml | undefined {
  const yaml = require('yaml') as typeof import('yaml');
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, { schema: 'failsafe', uniqueKeys: false, lineCounter: lines });
  if (document.errors.length > 0) return undefined;
  yaml.visit(document, {
    Scalar: (key, scalar) => {
      if (key !== 'key' && scalar.type === 'PLAIN') scalar.value = plainValue(scalar.value);
    },
  });
  try {
    return { data: document.toJS(), lineOf: (keys) => lineIn(document, lines, keys) };
  } catch (error) {
    if (error instanceof ReferenceError || error instanceof RangeError) return undefined; // too many aliases, or too deep
    throw error;
  }
}

function plainValue(value: unknown): unknown {
  if (value === 'true' || value === 'false') return value === 'true';
  return value === '' || value === '~' || value === 'null' ? null : value;
}

function lineIn(document: Document, lines: LineCounter, keys: readonly (string | number)[]): number {
  const found = keys.map((_, index) => document.getIn(keys.slice(0, keys.length - index), true));
  const [node] = found.filter((one): one is Node => typeof one === 'object' && one !== null && 'range' in one);
  const [start = 0] = node?.range ?? [];
  const isBlock = (node as Scalar | undefined)?.type?.startsWith('BLOCK') === true; // its text begins on the next line
  return lines.linePos(start).line + (isBlock ? 1 : 0);
}
