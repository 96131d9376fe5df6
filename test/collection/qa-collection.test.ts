import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSandboxProcess, type SandboxProcess } from '../support/sandbox';
import { runCollection } from './support/run';

interface Header {
  key: string;
  value: string;
  disabled?: boolean;
}
interface Collection {
  item: { name: string; item: { name: string; request: { header: Header[] } }[] }[];
}

const text = readFileSync('collections/xero-oauth2-qa.postman_collection.json', 'utf8');
const folders = (JSON.parse(text) as Collection).item.map(({ name }) => name);
let sandbox: SandboxProcess;

beforeAll(async () => {
  sandbox = await startSandboxProcess();
});
afterAll(() => sandbox.stop());

/** Runs a folder as a person does, with its data file where there is one: what failed, and the requests that were sent. */
async function play(folder: string, collection = JSON.parse(text) as Collection): Promise<[string[], string[]]> {
  const dataFile = `collections/qa-data/${folder.slice(0, 6)}.json`;
  const variables = { sandbox_url: sandbox.url, random_bytes: '0123456789abcdef'.repeat(8) };
  const { summary } = await runCollection({
    collection,
    folder,
    environment: { name: 'qa', values: Object.entries(variables).map(([key, value]) => ({ key, value })) },
    ...(existsSync(dataFile) ? { iterationData: dataFile } : {}),
  });
  const { failures, executions } = summary.run;
  return [failures.map(({ error }) => error.message), executions.map(({ item }) => item.name)];
}

/** A folder with the header of its second request changed. */
function withHeader(change: (header: Header) => Header[]): Collection {
  const collection = JSON.parse(text) as Collection;
  const request = collection.item[0]?.item[1]?.request;
  if (request) request.header = request.header.flatMap((one) => (one.key === 'qa-step' ? change(one) : [one]));
  return collection;
}

// whole-qa.test.ts plays all of them
test.each(folders.filter((name) => /^QA-(010|120|275|450)/.test(name)))('%s passes', async (folder) => {
  const [failures, sent] = await play(folder);
  expect(failures).toEqual([]);
  expect(sent.length).toBeGreaterThan(2);
});

describe('a request of the QA collection', () => {
  const [first = ''] = folders;
  const named = '"The environment of a web app" cannot be played, ';

  test.each<[string, string, (header: Header) => Header[]]>([
    ['without its step', 'it has no disabled header qa-step', () => []],
    [
      'that plays no request of the main collection',
      'the main collection has no request "Refresh"',
      (header) => [{ ...header, value: '{"request":"Refresh","expect":{}}' }],
    ],
    ['whose step is no JSON', 'is no JSON with "expect"', (header) => [{ ...header, value: '{"expect":' }]],
    ['whose step expects nothing', 'is no JSON with "expect"', (header) => [{ ...header, value: '{}' }]],
  ])('%s is named and not sent', async (_, fault, change) => {
    const [failures, sent] = await play(first, withHeader(change));
    expect(failures[0]).toContain(named);
    expect(failures[0]).toContain(fault);
    expect(sent).not.toContain('The environment of a web app');
  });
});

describe('a step that fails', () => {
  /** What a step of the first scenario says when these are its expectations. */
  async function saidOf(step: string, expected: object): Promise<string[]> {
    const collection = JSON.parse(text) as Collection;
    const [folder] = collection.item;
    const request = folder?.item.find(({ name }) => name === step)?.request;
    const header = request?.header.find(({ key }) => key === 'qa-step');
    if (header === undefined) throw new Error(`${folder?.name} has no step "${step}"`);
    header.value = JSON.stringify({ ...(JSON.parse(header.value) as object), expect: expected });
    const [failures] = await play(folder?.name ?? '', collection);
    return failures;
  }

  test.each<[string, string, object, string | RegExp]>([
    ['status', 'Refresh tokens', { status: 400 }, /^expected 400, got 200 with \{.*"token_type":"Bearer"/],
    ['header', 'Check access', { headers: { 'Retry-After': '7' } }, 'Retry-After: expected 7, got none'],
    [
      'part of the body',
      'Check access',
      {
        body: {
          'Organisations.length': 2,
          'Organisations.0.Name': 'Another, with a name that is longer than chai shows',
        },
      },
      'Organisations.length: expected 2, got 1; Organisations.0.Name: expected "Another, with a name that is longer than chai shows", got "Demo Company (Global)"',
    ],
    [
      'token in the body',
      'Refresh tokens',
      { body: { access_token: 'x' } },
      /^access_token: expected "\[secret of 1 characters\]", got "\[secret of \d+ characters\]"$/,
    ],
    ['row', 'Refresh tokens', { environment: { generation: '7' } }, 'generation: expected "7", got "2"'],
    [
      'secret row',
      'Refresh tokens',
      { kept: ['refresh_token'] },
      /^refresh_token: expected a secret of \d+ characters, got another: a secret of \d+ characters; it should have stayed$/,
    ],
    [
      'row that should be new',
      'Check access',
      { changed: ['tenant_id'] },
      /^tenant_id: expected a new value, got "[\w-]{36}" as before$/,
    ],
    [
      'time',
      'Refresh tokens',
      { ahead: { access_token_expires_at: 60 } },
      /^access_token_expires_at: expected 20\S+Z or within 30 seconds of it, got "20\S+Z"$/,
    ],
    ['sentence', 'Check access', { refusal: 'wait 42 seconds' }, 'expected "wait 42 seconds", got nothing'],
    ['request that is sent', 'Check access', { heldBack: 'access_token is empty' }, 'it was sent'],
  ])('says what was expected of a %s, and what came', async (_, step, expected, message) => {
    expect(await saidOf(step, expected)).toContainEqual(
      typeof message === 'string' ? message : expect.stringMatching(message),
    );
  });

  test('says the whole of what the script complained of', async () => {
    const collection = JSON.parse(text) as Collection;
    const folder = collection.item.find(({ name }) => name.startsWith('QA-365'));
    const header = folder?.item.at(-2)?.request.header.find(({ key }) => key === 'qa-step');
    if (header) header.value = header.value.replace(/"refusal":"[^"]*",/, '');
    const [failures] = await play(folder?.name ?? '', collection);
    expect(failures).toEqual([
      expect.stringMatching(/^expected nothing, got "this refresh token was replaced, .* Consent link"$/),
    ]);
  });
});
