import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { NewmanRunOptions } from 'newman';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { v3Collection } from '../../scripts/collection/v3';
import { startSandboxProcess } from '../support/sandbox';
import { goodAnswers, plainWords, requestNames, sendOnce } from './support/requests';
import { runCollection } from './support/run';
import { runtimeVersion } from './support/runtime';
import { collectionFile } from './support/send';
import { startServer, type Server } from './support/server';
import { collectionOf, readV3, throughV3 } from './support/v3';

const ofV3 = readV3('collections/v3/Xero OAuth 2.0');
const qaText = readFileSync('collections/xero-oauth2-qa.postman_collection.json', 'utf8');

describe(`in the runtime ${runtimeVersion}, the collection of v3`, () => {
  let server: Server;

  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.close());

  /** What a request sends and makes of the answer, without times and what is made at random. */
  async function sent(request: string, options: Partial<NewmanRunOptions>, isGood: boolean): Promise<string> {
    const answers = isGood ? goodAnswers(request) : [{ status: 400, body: { error: 'invalid_grant' } }];
    const outcome = await sendOnce(server, request, {}, plainWords, answers, options);
    const asked = server.asked.map(({ headers: { 'postman-token': _, ...headers }, ...one }) => ({ ...one, headers }));
    return JSON.stringify({ asked, outcome }, null, 1).replaceAll(/\d+|eg2[\w.%-]+/g, '#');
  }

  const cases = requestNames.flatMap((name) => [true, false].map((isGood) => ({ name, isGood })));
  test.each(cases)('does with $name what the JSON does, good answers: $isGood', async ({ name, isGood }) => {
    const [json, v3] = [await sent(name, {}, isGood), await sent(name, { collection: ofV3 }, isGood)];
    expect(v3).toEqual(json);
    expect(server.asked.length).toBeGreaterThan(0);
  });

  test('plays scenarios of the QA collection, written as v3, as the JSON does', async () => {
    const sandbox = await startSandboxProcess();
    const variables = { sandbox_url: sandbox.url, random_bytes: '0123456789abcdef'.repeat(8) };
    const environment = { name: 'qa', values: Object.entries(variables).map(([key, value]) => ({ key, value })) };
    const play = async (collection: object, folder: string): Promise<unknown> => {
      const dataFile = `collections/qa-data/${folder.slice(0, 6)}.json`;
      const data = existsSync(dataFile) ? { iterationData: dataFile } : {};
      const { summary } = await runCollection({ collection, folder, environment, ...data });
      const { failures, executions } = summary.run;
      const tests = executions.map(({ item, assertions }) => [
        item.name,
        assertions?.map(({ assertion }) => assertion),
      ]);
      return { tests, failures: failures.map(({ error }) => error.message) };
    };
    const collection = JSON.parse(qaText) as { item: { name: string }[] };
    const written = throughV3(collection);
    for (const { name } of collection.item.filter((folder) => /^QA-(010|120|275)/.test(folder.name))) {
      const played = await play(collection, name);
      expect(await play(written, name)).toEqual(played);
      expect(played).toMatchObject({ failures: [] });
    }
    await sandbox.stop();
  });
});

/** A collection without what v3 has no place for, and with its URLs as text. */
function comparable(collection: object): unknown {
  const dropped = ['_postman_id', 'version', 'schema', 'protocol', 'host', 'path', 'port'];
  return JSON.parse(JSON.stringify(collection), (key, value: unknown) => {
    if (dropped.includes(key) || (Array.isArray(value) && value.length === 0)) return undefined;
    const isText = typeof value === 'object' && value !== null && Object.keys(value).join() === 'raw';
    return isText ? (value as { raw: unknown }).raw : value;
  });
}

test.each([
  ['the main collection', readFileSync(collectionFile, 'utf8')],
  ['the QA collection', qaText],
])('%s is the same when it is read back from v3, to the last line of its scripts', (_, text) => {
  const collection = JSON.parse(text) as object;
  expect(comparable(throughV3(collection))).toEqual(comparable(collection));
});

test('any script, row and name comes back as it was', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', ' ', '\n', '\t', "'", '"', '#', ':', '-', '{{x}}', '|', 'é', '%', '0', 'no'),
  });
  const line = text.map((one) => one.replaceAll('\n', ''));
  const row = fc.record({ key: line, value: text });
  const request = fc.record({ name: line, header: fc.array(row, { minLength: 1 }), raw: text, exec: fc.array(line) });
  fc.assert(
    fc.property(fc.array(request, { maxLength: 4 }), (requests) => {
      const item = requests.map(({ name, header, raw, exec }, index) => ({
        name: `${name}${index}`,
        event: [{ listen: 'test', script: { type: 'text/javascript', exec: ['1;', ...exec, '2;'] } }],
        request: { method: 'GET', header, url: `{{x}}/${index}`, body: { mode: 'raw', raw } },
      }));
      const collection = { info: { name: 'any' }, item };
      expect(comparable(throughV3(collection))).toEqual(comparable(collection));
    }),
  );
});

test('names that differ only in what a file system takes for the same get files of their own', () => {
  const item = ['A/b', 'a-B', 'A:b', '.x', 'end.'].map((name) => ({ name, request: 'http://localhost' }));
  const { files, folder } = v3Collection({ info: { name: 'v: 1/2' }, item });
  expect([folder, ...files.keys()]).toEqual([
    'v- 1-2',
    '.resources/definition.yaml',
    ...['A-b', 'a-B 2', 'A-b 3', '-x', 'end-'].map((name) => `${name}.request.yaml`),
  ]);
  expect(collectionOf(files, folder)).toMatchObject({
    info: { name: 'v: 1/2' },
    item: item.map(({ name }) => ({ name })),
  });
});

test.each([
  ['a saved response', { response: [{ name: '200' }] }, 'saved responses are not written as v3'],
  ['a setting that v3 has not', { protocolProfileBehavior: { disableCookies: true } }, 'disableCookies'],
  ['a body of another kind', { request: { url: 'x', body: { mode: 'graphql' } } }, 'item.0.request'],
])('%s is refused, not left out', (_, parts, fault) => {
  const item = [{ name: 'A', request: 'http://localhost', ...parts }];
  expect(() => v3Collection({ info: { name: 'x' }, item })).toThrow(fault);
});

describe('a collection that Postman or a person has written', () => {
  const files = new Map([
    ['.resources/definition.yaml', '$kind: collection\nvariables:\n  base_url: https://x.example\n  id: 0123\n'],
    [
      'B.request.yaml',
      "$kind: http-request\nurl: '{{base_url}}/b'\norder: 1000\nheaders:\n  Accept: text/xml\n  log: true\n",
    ],
    [
      'A.request.yaml',
      "$kind: http-request\nname: 'A: one'\nurl: '{{base_url}}/a/:id?x=1'\nmethod: PUT\norder: 2000\nqueryParams:\n  - key: x\n    value: '1'\n  - key: y\n    value: ''\n    disabled: true\npathVariables:\n  id: 7\nbody:\n  type: json\n  content: |-\n    {}\nscripts:\n  - type: beforeRequest\n    code: one();\n",
    ],
    [
      'in/.resources/definition.yml',
      '$kind: collection\norder: 500\nauth:\n  type: basic\n  credentials:\n    username: u\n    password: p\nscripts:\n  - type: http:afterResponse\n    code: |-\n      two();\n      three();\n',
    ],
    [
      'in/form.request.yaml',
      '$kind: http-request\nurl: https://x.example:8443/f\nmethod: POST\nbody:\n  type: urlencoded\n  content:\n    grant_type: client_credentials\n',
    ],
    [
      'in/.resources/form.resources/examples/ok.example.yaml',
      '$kind: http-example\nrequest:\n  url: https://x.example\nresponse:\n  statusCode: 200\n  body:\n    type: json\n    content: "{}"\n',
    ],
  ]);

  test('is read with lists or maps, in its order, with what its folders say', () => {
    const event = (listen: string, exec: string[]) => ({ listen, script: { type: 'text/javascript', exec } });
    expect(collectionOf(files, 'mine')).toMatchObject({
      info: { name: 'mine' },
      variable: [
        { key: 'base_url', value: 'https://x.example' },
        { key: 'id', value: '0123' },
      ],
      item: [
        {
          name: 'in',
          auth: {
            type: 'basic',
            basic: [
              { key: 'username', value: 'u' },
              { key: 'password', value: 'p' },
            ],
          },
          event: [event('test', ['two();', 'three();'])],
          item: [
            {
              name: 'form',
              request: {
                url: 'https://x.example:8443/f',
                body: { mode: 'urlencoded', urlencoded: [{ key: 'grant_type', value: 'client_credentials' }] },
              },
              response: [{ name: '', code: 200, body: '{}' }],
            },
          ],
        },
        {
          name: 'B',
          request: { method: 'GET', url: '{{base_url}}/b', header: [{ key: 'Accept' }, { key: 'log', value: 'true' }] },
        },
        {
          name: 'A: one',
          event: [event('prerequest', ['one();'])],
          request: {
            method: 'PUT',
            url: {
              host: ['{{base_url}}'],
              path: ['a', ':id'],
              query: [
                { key: 'x', value: '1' },
                { key: 'y', disabled: true },
              ],
              variable: [{ key: 'id', value: '7' }],
            },
            body: { mode: 'raw', raw: '{}', options: { raw: { language: 'json' } } },
          },
        },
      ],
    });
  });

  test('is sent as Postman sends it', async () => {
    const server = await startServer();
    server.answer({ status: 200 });
    const environment = { name: 'x', values: [{ key: 'base_url', value: server.url }] };
    await runCollection({ collection: collectionOf(files, 'mine'), folder: 'A: one', environment });
    await server.close();
    expect(server.asked).toMatchObject([
      { method: 'PUT', url: '/a/7?x=1', body: '{}', headers: { 'content-type': 'application/json' } },
    ]);
  });
});
