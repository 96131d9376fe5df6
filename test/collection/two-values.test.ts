import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeWorkplace } from '../support/program';
import { startXeroServer, type XeroServer } from '../support/servers/xero-server';
import { textOf } from './support/page-text';
import { globals, send, template, type Outcome, type Settings } from './support/send';

let xero: XeroServer;

beforeAll(async () => {
  xero = await startXeroServer();
});
afterAll(() => xero.close());

interface Row {
  readonly key: string;
  readonly type: string;
  readonly shared: string;
  readonly local: string | undefined;
}

/** An environment in the app. What is typed there and what scripts store is local; Duplicate and Export take shared values. */
class TwoValues {
  constructor(
    readonly name: string,
    private rows: readonly Row[],
  ) {}

  static imported({ name, values }: ReturnType<typeof template>): TwoValues {
    return new TwoValues(
      name,
      values.map(({ key, value, type }) => ({ key, type, shared: value, local: undefined })),
    );
  }

  duplicate(name: string): TwoValues {
    return new TwoValues(
      name,
      this.rows.map((row) => ({ ...row, local: undefined })),
    );
  }

  type(values: Settings): void {
    const known = this.rows.map((row) => ({ ...row, local: values[row.key] ?? row.local }));
    const keys = new Set(this.rows.map(({ key }) => key));
    const added = Object.entries(values).filter(([key]) => !keys.has(key));
    this.rows = [...known, ...added.map(([key, local]) => ({ key, type: 'default', shared: '', local }))];
  }

  value(key: string): string {
    const row = this.rows.find((one) => one.key === key);
    return row?.local ?? row?.shared ?? '';
  }

  get shared(): readonly string[] {
    return this.rows.map(({ shared }) => shared);
  }

  get local(): ReturnType<typeof template> {
    const values = this.rows.map(({ key, type }) => ({ key, type, value: this.value(key), enabled: true }));
    return { name: this.name, values };
  }

  exported(): string {
    const values = this.rows.map(({ key, type, shared }) => ({ key, type, value: shared, enabled: true }));
    return JSON.stringify({ name: this.name, values, _postman_variable_scope: 'environment' });
  }
}

/** The template as it is imported, with the URLs of the server that stands for Xero. */
function importedTemplate(): { empty: TwoValues; app: Settings } {
  const { values } = JSON.parse(xero.environment('web', 'any')) as { values: { key: string; value: string }[] };
  const given = Object.fromEntries(values.map(({ key, value }) => [key, value]));
  const urls = Object.fromEntries(Object.entries(given).filter(([key]) => key.endsWith('_url')));
  const file = template('web');
  const rows = file.values.map((row) => ({ ...row, value: urls[row.key] ?? row.value }));
  const app = { client_id: given['client_id'] ?? '', client_secret: given['client_secret'] ?? '' };
  return { empty: TwoValues.imported({ ...file, values: rows }), app };
}

test('with two values in each row three customers are connected and one is handed over, and none is shared', async () => {
  const { empty, app } = importedTemplate();
  const press = async (request: string, environment: TwoValues): Promise<Outcome & { text: string[] }> => {
    const random = { random_bytes: Buffer.from(crypto.getRandomValues(new Uint8Array(64))).toString('hex') };
    const outcome = await send(request, environment.local, { globals: globals({ ...app, ...random }) });
    environment.type(outcome.changed);
    return { ...outcome, text: outcome.pages.flatMap((page) => textOf(page)) };
  };
  const customers = ['acme', 'bakery', 'cafe'].map((name) => empty.duplicate(name));
  for (const customer of customers) {
    const { text } = await press('Consent link', customer);
    const callback = xero.consent(text[text.indexOf('Link') + 1] ?? '', { userId: customer.name });
    customer.type({ callback_url: `It ended here: ${callback}\nThanks!` });
    expect((await press('Exchange code', customer)).failures).toEqual([]);
    expect((await press('Refresh tokens', customer)).failures).toEqual([]);
  }
  const [acme, bakery] = customers as [TwoValues, TwoValues];

  const place = makeWorkplace();
  place.write('exported', acme.exported());
  const refused = await place.run(['adopt', 'acme', place.fileOf('exported')]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('send Hand over in Postman');

  const { text } = await press('Hand over', acme);
  const connection = text[text.indexOf('The connection') + 1] ?? '';
  expect(await place.run(['adopt', 'acme', '-'], { input: `${connection}\n` })).toMatchObject({ code: 0 });
  expect(await place.run(['refresh', 'acme', '--force'])).toMatchObject({ code: 0 });
  expect(place.rows('acme')).toMatchObject({ tenant_name: 'Maple Bakery', generation: '4' });

  const asked = xero.requests.length;
  for (const request of ['Refresh tokens', 'Exchange code']) {
    const { failures, changed } = await press(request, acme);
    expect(failures[0]).toContain('a server keeps this connection since');
    expect(changed).toEqual({});
  }
  expect(xero.requests.length).toBe(asked);
  expect((await press('Refresh tokens', bakery)).failures).toEqual([]);

  const shared = [empty, ...customers].flatMap((environment) => environment.shared).join('\n');
  const secrets = [...xero.secrets].filter((secret) => shared.includes(secret));
  expect(secrets).toEqual([]);
});
