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
