/** What a value is made of: its types, and its parts by name. A list's elements are taken together, as `[]`. */
export interface Shape {
  /** More than one only in a list: `null`, `number`, `string`, `JWT`, `object`, `list` and so on. */
  readonly types: ReadonlySet<string>;
  readonly parts: ReadonlyMap<string, Shape>;
}

type Claims = Readonly<Record<string, unknown>>;

/** The shape of a recorded JSON value; `jwts` are the claims of the JWTs that it names. */
export function shapeOf(value: unknown, jwts: Claims): Shape {
  if (Array.isArray(value)) return { types: new Set(['list']), parts: new Map(elements(value, jwts)) };
  if (typeof value === 'string') return textShape(value, jwts);
  if (typeof value !== 'object' || value === null) return leaf(value === null ? 'null' : typeof value);
  const parts = Object.entries(value).map(([key, part]): [string, Shape] => [key, shapeOf(part, jwts)]);
  return { types: new Set(['object']), parts: new Map(parts) };
}

function elements(list: readonly unknown[], jwts: Claims): [string, Shape][] {
  const [first, ...rest] = list.map((one) => shapeOf(one, jwts));
  return first === undefined ? [] : [['[]', rest.reduce(together, first)]];
}

function textShape(text: string, jwts: Claims): Shape {
  if (/^‹#[^›]*›$/.test(text)) return leaf('number');
  const [, name] = /^‹(jwt \d+)›$/.exec(text) ?? [];
  if (name === undefined) return leaf('string');
  return { types: new Set(['JWT']), parts: shapeOf(jwts[name] ?? {}, jwts).parts };
}

function leaf(type: string): Shape {
  return { types: new Set([type]), parts: new Map() };
}

function together(one: Shape, other: Shape): Shape {
  const parts = new Map(one.parts);
  for (const [name, part] of other.parts) {
    const same = parts.get(name);
    parts.set(name, same ? together(same, part) : part);
  }
  return { types: new Set([...one.types, ...other.types]), parts };
}

/** Where two shapes differ: a path, and what stands there on each side. */
export interface ShapeDifference {
  readonly path: string;
  readonly live: string;
  readonly sandbox: string;
}

/** Every place where two shapes differ; below a missing part, an empty list or another type nothing is compared. */
export function shapeDifferences(live: Shape, sandbox: Shape, path = 'body'): ShapeDifference[] {
  const [types, others] = [wordsOf(live), wordsOf(sandbox)];
  if (types !== others) return [{ path, live: types, sandbox: others }];
  const names = [...new Set([...live.parts.keys(), ...sandbox.parts.keys()])];
  return names.flatMap((name) => {
    const below = name === '[]' ? `${path}[]` : `${path}.${name}`;
    const [a, b] = [live.parts.get(name), sandbox.parts.get(name)];
    if (a && b) return shapeDifferences(a, b, below);
    if (name === '[]') return []; // one of the lists is empty
    return [{ path: below, live: a ? wordsOf(a) : 'nothing', sandbox: b ? wordsOf(b) : 'nothing' }];
  });
}

function wordsOf({ types }: Shape): string {
  return [...types].sort().join(' or ');
}
