import fc from 'fast-check';

/** Every secret of the generated files has this word in it, so that a message that has it is a leak. */
export const canary = 'CANARY';

const secretKeys = ['client_secret', 'access_token', 'refresh_token', 'code_verifier', 'callback_url'];

/** The rows of a connected environment whose access token has run out. */
export const connectedRows: Readonly<Record<string, string>> = {
  app_type: 'web',
  authorize_url: 'https://login.example/identity/connect/authorize',
  token_url: 'https://identity.example/connect/token',
  client_id: 'THE-CLIENT',
  client_secret: `${canary}-client-secret`,
  redirect_uri: 'https://app.example/callback',
  scopes: 'openid offline_access',
  consent_state: '',
  code_verifier: `${canary}-verifier`,
  callback_url: `https://app.example/callback?code=${canary}-code`,
  access_token: `${canary}-access-1`,
  refresh_token: `${canary}-refresh-1`,
  access_token_expires_at: '2026-11-22T09:59:00.000Z',
  refresh_token_expires_at: '2027-01-20T10:00:00.000Z',
  tenant_name: 'Maple Bakery',
  generation: '1',
  refresh_started_at: '',
  grant_status: 'connected',
};

interface Row {
  readonly key: unknown;
  readonly value?: unknown;
  readonly [more: string]: unknown;
}

export function rowOf([key, value]: readonly [string, unknown]): Row {
  return { key, value, type: secretKeys.includes(key) ? 'secret' : 'default', enabled: true };
}

const oddKeys = [
  'constructor',
  '__proto__',
  'toString',
  'hasOwnProperty',
  'Access_Token',
  ' access_token',
  'my_key',
  '',
];
const oddTexts = [
  '',
  ' ',
  '0',
  'null',
  '\u0000',
  '\uFEFF',
  '{{refresh_token}}',
  '999999999999999',
  '-1',
  '1e9',
  'x'.repeat(5000),
];
const oddDates = [
  '2026-11-22T09:59:00.000Z',
  '2026-11-22',
  '9999-99-99',
  '+275760-09-13T00:00:00.000Z',
  '-271821-04-20T00:00:00.000Z',
  'soon',
];

const oddValue = fc.oneof(fc.constantFrom(...oddTexts, ...oddDates), fc.string(), fc.jsonValue());

const ownRow = fc.record(
  {
    key: fc.oneof(fc.constantFrom(...oddKeys), fc.string()),
    value: oddValue,
    type: fc.string(),
    enabled: fc.boolean(),
    note: fc.jsonValue(),
  },
  { requiredKeys: ['key'] },
);

/** What somebody's hand may do to a row. */
type Accident = (rows: readonly Row[]) => readonly Row[];

const contractKey = fc.constantFrom(...Object.keys(connectedRows));
const changed =
  (key: string, more: Partial<Row>): Accident =>
  (rows) =>
    rows.map((row) => (row.key === key ? { ...row, ...more } : row));
const accident: fc.Arbitrary<Accident> = fc.oneof(
  fc.tuple(contractKey, oddValue).map(([key, value]) => changed(key, { value })),
  contractKey.map((key) => changed(key, { enabled: false })),
  fc.tuple(contractKey, fc.jsonValue()).map(([key, type]) => changed(key, { type })),
  contractKey.map(
    (key): Accident =>
      (rows) =>
        rows.filter((row) => row.key !== key),
  ),
  contractKey.map((key): Accident => (rows) => [...rows, ...rows.filter((row) => row.key === key)]),
  ownRow.map((row): Accident => (rows) => [row, ...rows]),
  ownRow.map((row): Accident => (rows) => [...rows, row]),
);

/** How a file is set out: Postman's own way, others' ways, a byte order mark, Windows' line ends. */
const layout = fc.record({
  indent: fc.constantFrom<string | number>(2, '\t', 0, 7),
  eol: fc.constantFrom('\n', '\r\n'),
  start: fc.constantFrom('', '\uFEFF', '\n'),
  end: fc.constantFrom('', '\n', ' \r\n'),
});

const environment = fc
  .record({ accidents: fc.array(accident, { maxLength: 3 }), more: fc.dictionary(fc.string(), fc.jsonValue()), layout })
  .map(({ accidents, more, layout: { indent, eol, start, end } }) => {
    const rows = accidents.reduce<readonly Row[]>(
      (all, happen) => happen(all),
      Object.entries(connectedRows).map(rowOf),
    );
    const file = { ...more, name: 'acme', values: rows, _postman_variable_scope: 'environment' };
    return Buffer.from(start + JSON.stringify(file, null, indent).replaceAll('\n', eol) + end);
  });

/** What happens to the bytes of a file on a bad day. */
type Damage = (bytes: Buffer) => Buffer;

const splice =
  (at: number, remove: number, insert: Uint8Array): Damage =>
  (bytes) => {
    const start = bytes.length === 0 ? 0 : at % bytes.length;
    return Buffer.concat([bytes.subarray(0, start), insert, bytes.subarray(start + remove)]);
  };
const literal = fc
  .constantFrom(
    '"',
    '}',
    '[',
    ',',
    '\\',
    '\u0000',
    '\\ud800',
    '"value":1,',
    '{"key":"generation"},',
    '/*',
    '1e999',
    'ü',
  )
  .map((text) => Buffer.from(text));
const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.nat().map(
    (at): Damage =>
      (bytes) =>
        bytes.subarray(0, at % (bytes.length + 1)),
  ),
  fc.tuple(fc.nat(), fc.nat(40)).map(([at, remove]) => splice(at, remove, Buffer.alloc(0))),
  fc.tuple(fc.nat(), fc.oneof(literal, fc.uint8Array({ maxLength: 6 }))).map(([at, insert]) => splice(at, 0, insert)),
  fc.tuple(fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 1 })).map(([at, byte]) => splice(at, 1, byte)),
);
const damaged = fc
  .tuple(environment, fc.array(damage, { minLength: 1, maxLength: 3 }))
  .map(([bytes, damages]) => damages.reduce<Buffer>((all, happen) => happen(all), bytes));

/** Nested and long beyond all reason, but within the size that is read. */
const monster = fc
  .tuple(
    fc.integer({ min: 1, max: 60_000 }),
    fc.constantFrom('[', '{"a":'),
    fc.constantFrom('own key', 'own row', 'a value', 'many rows', 'long text'),
  )
  .map(([size, open, where]) => {
    const nested = open.repeat(size) + (open === '[' ? '' : '1') + (open === '[' ? ']' : '}').repeat(size);
    const rows = Object.entries(connectedRows).map((row) => JSON.stringify(rowOf(row)));
    const own = {
      'own key': '',
      'own row': `,{"key":"deep","value":${nested}}`,
      'a value': '',
      'many rows': ',{"key":"n"}'.repeat(size),
      'long text': `,{"key":"l","value":"${'x'.repeat(size * 10)}"}`,
    };
    const values = (where === 'a value' ? rows.with(14, `{"key":"tenant_name","value":${nested}}`) : rows).join(',');
    return Buffer.from(
      `{"name":"acme",${where === 'own key' ? `"deep":${nested},` : ''}"values":[${values}${own[where]}]}`,
    );
  });

/** Anything that may stand where an environment file should. */
export const fileBytes: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 4, arbitrary: environment },
  { weight: 6, arbitrary: damaged },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.json().map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.jsonValue().map((value) => Buffer.from(JSON.stringify({ name: 'acme', values: value }))) },
);

export { monster as monstrousBytes };

/** What somebody may want to set. */
export const edits: fc.Arbitrary<Record<string, string>> = fc.dictionary(
  contractKey,
  fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...oddTexts)),
  { maxKeys: 5 },
);
