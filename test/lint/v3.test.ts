import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { v3Collection } from '../../scripts/collection/v3';
import { collectionsAt, readCollection } from '../../scripts/lint/collection-file';
import { lintCollection } from '../../scripts/lint/rules';
import { makeFolder } from '../environment/files/children';

const faults = 'test/fixtures/collections/faults.postman_collection.json';

function write(folder: string, files: Iterable<readonly [string, string]>): void {
  for (const [file, text] of files) {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), text);
  }
}

/** The findings at a path, each with its place in the files. */
function lint(place: string): { rule: string; where: string; line: number | null; file: string; text: string }[] {
  return collectionsAt(place).flatMap((one) => {
    const read = readCollection(one);
    return lintCollection(read.collection, one).map(({ rule, where, line, at }) => {
      const file = read.fileOf(at);
      const lines = fs.statSync(file).isFile() ? fs.readFileSync(file, 'utf8').split('\n') : [];
      const text = lines[read.lineOf(at, line) - 1] ?? '';
      return { rule, where, line, file: path.relative(place, file), text: text.trim() };
    });
  });
}

test('the faults of other collections for Xero are the same in v3, at the same places', () => {
  const folder = makeFolder();
  write(folder, v3Collection(JSON.parse(fs.readFileSync(faults, 'utf8'))).files);
  const [json, v3] = [lint(faults), lint(folder)];
  expect(v3).toHaveLength(20);
  expect(v3.map(({ rule, where, line }) => ({ rule, where, line }))).toEqual(
    json.map(({ rule, where, line }) => ({ rule, where, line })),
  );
  for (const { where, file, line, text } of v3) {
    expect(file).toBe(`${where.replace(/ \(.*/, '')}.request.yaml`);
    if (line !== null) expect(text).toMatch(/JSON\.parse|set\w*\(|console|tests\[|body/i);
  }
});

const statusTest =
  "scripts:\n  - type: http:afterResponse\n    code: pm.test('200', () => pm.response.to.have.status(200));\n";
const secret = 'kQ7vX2mZp9RtW4nB8sYc3LdF';

test('a workspace has several collections and environments, each fault in its file', () => {
  const folder = makeFolder();
  write(folder, [
    ['.postman/resources.yaml', 'cloudResources: {}'],
    ['postman/collections/one/.resources/definition.yaml', `$kind: collection\n${statusTest}`],
    [
      'postman/collections/one/in/log.request.yaml',
      '$kind: http-request\nurl: https://x.example\nscripts:\n  - type: afterResponse\n    code: |-\n      // first\n      console.log(pm.response.json().access_token);\n',
    ],
    [
      'postman/collections/one/in/.resources/log.resources/examples/a.example.yaml',
      `$kind: http-example\nresponse:\n  statusCode: 200\n  body:\n    type: json\n    content: '{"access_token":"${secret}"}'\n`,
    ],
    [
      'postman/collections/one/rpc.request.yaml',
      `$kind: grpc-request\nurl: x.example\nmetadata:\n  api-key: ${secret}\n`,
    ],
    [
      'postman/collections/two/A.request.yaml',
      `$kind: http-request\nurl: 'https://x.example'\nheaders:\n  Accept: text/xml\n  X-Api-Key: ${secret}\n`,
    ],
    [
      'postman/environments/live.environment.yaml',
      `name: live\nvalues:\n  - key: a\n    value: b\n  - key: client_secret\n    value: ${secret}\n    enabled: true\n    type: secret\n`,
    ],
    ['node_modules/x/B.request.yaml', '$kind: http-request\n'],
  ]);
  expect(lint(folder).map(({ rule, where, file, text }) => [file.replace('postman/', ''), rule, where, text])).toEqual([
    [
      'collections/one/in/.resources/log.resources/examples/a.example.yaml',
      'secret-in-file',
      'in > log (saved response)',
      `content: '{"access_token":"${secret}"}'`,
    ],
    ['collections/one/rpc.request.yaml', 'secret-in-file', 'rpc', `api-key: ${secret}`],
    [
      'collections/one/in/log.request.yaml',
      'value-logged',
      'in > log (test script)',
      'console.log(pm.response.json().access_token);',
    ],
    ['collections/two/A.request.yaml', 'secret-in-file', 'A (header)', expect.any(String)],
    ['collections/two/A.request.yaml', 'no-status-assertion', 'A (tests)', '$kind: http-request'],
    ['environments/live.environment.yaml', 'secret-in-file', 'environment (variable)', `value: ${secret}`],
  ]);
});

test('a request of v3 may be given alone', () => {
  const folder = makeFolder();
  write(folder, [['A.request.yaml', '$kind: http-request\nurl: http://x.example\n']]);
  const alone = path.join(folder, 'A.request.yaml');
  expect(lintCollection(readCollection(alone).collection, alone).map(({ rule }) => rule)).toContain('plain-http');
});

test('what this project has in v3 is as clean as its JSON', () => {
  const found = (place: string): string[] => lint(place).map(({ rule, where }) => `${rule} ${where}`);
  expect(collectionsAt('collections/v3')).toHaveLength(5);
  expect(found('collections/v3')).toEqual(found('collections/xero-oauth2.postman_collection.json'));
});

test.each([
  ['a folder without requests', 'x.txt', '', '', /holds no collection of Postman's format v3/],
  [
    'a file of another kind',
    'openapi.yaml',
    'openapi: 3.1.0',
    'openapi.yaml',
    /holds no collection of Postman's format v3/,
  ],
  ['a request that is no YAML', 'A.request.yaml', 'url: {{x}}: y: z', '', /A\.request\.yaml is not YAML/],
])('%s is named', (_, file, text, given, message) => {
  const folder = makeFolder();
  write(folder, [[file, text]]);
  expect(() => lint(path.join(folder, given))).toThrow(
    expect.objectContaining({ kind: 'invalid', message: expect.stringMatching(message) }),
  );
});
