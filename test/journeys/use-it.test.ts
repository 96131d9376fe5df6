import fs from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCollection } from '../collection/support/run';
import { basic, serveIn, type Client, type Serving } from '../serve/support/serving';
import { connectAt } from '../support/connected-at';
import { makeWorkplace, type Workplace } from '../support/program';
import { startSandboxProcess, type SandboxProcess } from '../support/sandbox';

interface Row {
  readonly key: string;
  readonly value: unknown;
}

interface Folder {
  readonly name: string;
  readonly auth: { readonly type: string; readonly oauth2: readonly Row[] };
}

const file = 'collections/xero-oauth2.postman_collection.json';
const collection = JSON.parse(fs.readFileSync(file, 'utf8')) as { item: Folder[]; variable: Row[] };
const folder = collection.item.find(({ name }) => name === 'Use it');

let sandbox: SandboxProcess;
let place: Workplace;
let serving: Serving;
let client: Client;

beforeAll(async () => {
  sandbox = await startSandboxProcess();
  place = makeWorkplace();
  for (const name of ['bakery', 'acme']) await connectAt(sandbox, place, name);
  serving = await serveIn(place);
  client = await serving.client('qa');
});
afterAll(async () => {
  await serving.stop();
  await sandbox.stop();
});

/** What the app does on Get New Access Token, with the fields of the folder and the variables of a person. */
async function newToken(variables: Readonly<Record<string, string>>): Promise<string> {
  const known = {
    ...Object.fromEntries(collection.variable.map(({ key, value }) => [key, String(value)])),
    ...variables,
  };
  const replaced = (value: unknown): string =>
    String(value).replaceAll(/\{\{(\w+)\}\}/g, (reference, name: keyof typeof known) => known[name] ?? reference);
  const fields = new Map(folder?.auth.oauth2.map(({ key, value }) => [key, value]));
  const field = (key: string): string => replaced(fields.get(key));
  const more = (fields.get('tokenRequestParams') as readonly Row[]).map(({ key, value }): [string, string] => [
    key,
    replaced(value),
  ]);
  const answer = await fetch(field('accessTokenUrl'), {
    method: 'POST',
    headers: { authorization: basic(field('clientId'), field('clientSecret')) },
    body: new URLSearchParams([['grant_type', field('grant_type')], ...more]),
  });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  expect(answer.status).toBe(200);
  return token;
}

test('a person with a client of serve calls Xero from Postman, and their environment holds no token and no secret', async () => {
  const variables = { serve_url: serving.url, serve_client_id: client.id, serve_client_secret: client.secret };
  const token = await newToken({ ...variables, serve_environment: 'acme' });
  const used = {
    ...folder,
    auth: { ...folder?.auth, oauth2: [...(folder?.auth.oauth2 ?? []), { key: 'accessToken', value: token }] },
  };
  const { values, ...environment } = await sandbox.environment('web', 'acme');
  const blank = ['client_id', 'client_secret', 'access_token', 'refresh_token'];
  const rows = values.map((row) => (blank.includes(row.key) ? { ...row, value: '' } : row));
  const { summary } = await runCollection({
    collection: { ...collection, item: [used] },
    environment: { ...environment, values: rows },
  });
  expect(summary.run.failures.map(({ error }) => error.message)).toEqual([]);
  expect(summary.run.executions.map(({ response }) => response.code)).toEqual([200, 200]);
  const after = Object.fromEntries(
    (summary.environment.values ?? []).map(({ key, value }) => [key ?? '', String(value)]),
  );
  expect(after['tenant_id']).toBe(place.rows('acme')['tenant_id']);
  const { client_secret: appSecret = '', refresh_token: refreshToken = '' } = place.rows('acme');
  for (const secret of [token, client.secret, appSecret, refreshToken]) {
    expect(JSON.stringify(after)).not.toContain(secret);
  }
});
