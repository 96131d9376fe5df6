import { percentDecoded } from '../../text/percent';
import { encodedAs } from './encodings';

/** In a text: `‹token 1›`, or `‹token 1, url›` where it stood percent-encoded. */
const placeholder = /(‹[^‹›]*›)/;

/** Values that are no secret: they are only known again as they are, not in every encoding. */
const openKinds = new Set(['base', 'host', 'uuid', 'hex', 'email', 'short_code']);

/** A shorter value is only known again where it stands alone: elsewhere it may be part of any word. */
const shortestKnown = 8;

/**
 * The stand-ins of one scenario for values that differ from run to run, numbered by first appearance: one value has one
 * name, whatever it is called where it turns up again.
 */
export class Placeholders {
  readonly #names = new Map<string, string>();
  readonly #values = new Map<string, string>();
  readonly #counts = new Map<string, number>();
  #known: Known | undefined;

  /** The name of a value, a new one at its first appearance. */
  nameOf(kind: string, value: string): string {
    const known = this.find(value);
    if (known !== undefined) return known;
    const name = `${kind} ${(this.#counts.get(kind) ?? 0) + 1}`;
    this.bind(name, value);
    return name;
  }

  /** The name that a value has already. */
  find(value: string): string | undefined {
    return this.#names.get(value);
  }

  /** Says which value a name stands for. */
  bind(name: string, value: string): void {
    const [kind = '', number] = name.split(' ');
    if (number !== undefined) this.#counts.set(kind, Math.max(this.#counts.get(kind) ?? 0, Number(number)));
    this.#names.set(value, name);
    this.#values.set(name, value);
    this.#known = undefined;
  }

  valueOf(name: string): string | undefined {
    return this.#values.get(name);
  }

  /** Puts names where known values stand, plain or percent-encoded. */
  replaceKnown(text: string): string {
    this.#known ??= knownOf(this.#names);
    const { pattern, stand } = this.#known;
    return text.replace(pattern, (found) => stand.get(found) ?? found);
  }

  /** The values of a kind and their names. */
  namesOf(kind: string): [string, string][] {
    return [...this.#names].filter(([, name]) => kindOf(name) === kind);
  }

  /** Every value that must never be seen. */
  secrets(): string[] {
    const secret = [...this.#names].filter(([, name]) => !openKinds.has(kindOf(name)));
    const values = secret.flatMap(([value]) => [value, percentDecoded(value)]);
    return [...new Set(values)].filter((value) => value.length >= shortestKnown);
  }
}

/** The kind in a placeholder's name. */
export function kindOf(name: string): string {
  return name.split(' ')[0] ?? '';
}

/** Changes what stands around the placeholders of a text. */
export function aroundPlaceholders(text: string, change: (part: string) => string): string {
  return text
    .split(placeholder)
    .map((part, at) => (at % 2 === 0 && part !== '' ? change(part) : part))
    .join('');
}

/** Changes the placeholders of a text: each is given without its brackets. */
export function fillPlaceholders(text: string, fill: (inside: string) => string): string {
  return text
    .split(placeholder)
    .map((part, at) => (at % 2 === 0 ? part : fill(part.slice(1, -1))))
    .join('');
}

interface Known {
  readonly pattern: RegExp;
  readonly stand: ReadonlyMap<string, string>;
}

function knownOf(names: ReadonlyMap<string, string>): Known {
  const long = [...names].filter(([value]) => value.length >= shortestKnown);
  const encoded = (['url twice', 'url'] as const).flatMap((encoding) =>
    long.map(([value, name]): [string, string] => [encodedAs(value, encoding), `‹${name}, ${encoding}›`]),
  );
  const stand = new Map([...encoded, ...long.map(([value, name]): [string, string] => [value, `‹${name}›`])]);
  return { pattern: anyOf(stand.keys()), stand };
}

/** Finds any of these texts, the longest first. */
export function anyOf(texts: Iterable<string>): RegExp {
  const longestFirst = [...new Set(texts)].sort((a, b) => b.length - a.length);
  const escaped = longestFirst.map((text) => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
  return escaped.length === 0 ? /(?!)/g : new RegExp(escaped.join('|'), 'g');
}
