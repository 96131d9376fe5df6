import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { makeWorkplace, type Result, type Workplace } from '../support/program';

const ours = path.resolve('collections/xero-oauth2.postman_collection.json');
const faults = path.resolve('test/fixtures/collections/faults.postman_collection.json');

let place: Workplace;

beforeEach(() => {
  place = makeWorkplace();
});

function lintText(text: string): Promise<Result> {
  fs.writeFileSync(path.join(place.folder, 'x.json'), text);
  return place.run(['lint', 'x.json']);
}

test('our own collection is clean', async () => {
  expect(await place.run(['lint', ours])).toEqual({
    code: 0,
    stdout: '',
    stderr: '1 collection checked, nothing to mend\n',
  });
});

describe('the faults of other collections for Xero', () => {
  test('are found, each at its place', async () => {
    const { code, stdout } = await place.run(['lint', faults, '--json']);
    const { findings } = JSON.parse(stdout) as { findings: Record<string, unknown>[] };
    expect(code).toBe(2);
    expect(findings.map(({ rule, where, line }) => [rule, where, line])).toEqual([
      ['secret-in-file', 'Revoke Token (header)', null],
      ['test-name-not-fixed', 'Refresh token (test script)', 7],
      ['value-logged', 'Invoices (pre-request script)', 1],
      ['value-logged', 'Refresh token (test script)', 3],
      ['unguarded-set', 'Connections (test script)', 2],
      ['unguarded-set', 'Invoices (pre-request script)', 18],
      ['unguarded-set', 'Invoices (pre-request script)', 19],
      ['unguarded-set', 'Refresh token (test script)', 4],
      ['unguarded-set', 'Refresh token (test script)', 5],
      ...['Get started', 'Connections', 'Invoices', 'Refresh token', 'Revoke Token'].map((request) => [
        'no-status-assertion',
        `${request} (tests)`,
        null,
      ]),
      ['token-call-not-urlencoded', 'Refresh token (body)', null],
      ['token-call-not-urlencoded', 'Invoices (pre-request script)', 7],
      ...[1, 4, 5, 7].map((line) => ['legacy-api', 'Refresh token (test script)', line]),
    ]);
  });

  test('are printed one on a line, with how to mend them on stderr, and with neither colour nor the secret', async () => {
    const { code, stdout, stderr } = await place.run(['lint', faults, ours]);
    expect(code).toBe(2);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(20);
    for (const line of lines) expect(line).toMatch(/faults\.postman_collection\.json: [^:]+ \([^)]+\): [a-z-]+: .+/);
    expect(lines[1]).toBe(
      `${faults}: Refresh token (test script, line 7): test-name-not-fixed: the test's name is made from the answer: every reporter prints it, and a report keeps it`,
    );
    expect(stderr).toMatch(/^2 collections checked, 20 findings\n( {2}[a-z-]+ → .+\n){7}$/);
    expect(stdout + stderr).not.toMatch(/eyJ|\u001b/);
  });

  test('come as JSON with these names', async () => {
    const { stdout, stderr } = await place.run(['lint', faults, '--json']);
    const { findings } = JSON.parse(stdout) as { findings: object[] };
    expect(new Set(findings.flatMap((finding) => Object.keys(finding)))).toEqual(
      new Set(['file', 'rule', 'where', 'line', 'message', 'hint']),
    );
    expect(stderr).toContain('20 findings');
  });
});

test('a clean collection has no findings as JSON', async () => {
  const { code, stdout } = await place.run(['lint', '--json', ours]);
  expect({ code, stdout: JSON.parse(stdout) as unknown }).toEqual({ code: 0, stdout: { findings: [] } });
});

test('a secret that was found is printed nowhere, not even as a name or a file that holds it', async () => {
  const password = 'correct!horse9';
  const item = {
    name: `Invoices ${password}`,
    request: { url: 'http://x', auth: { type: 'basic', basic: { password } } },
  };
  const { stdout, stderr } = await lintText(JSON.stringify({ info: {}, item: [item] }));
  expect(stdout).toContain('secret-in-file: a secret under password');
  expect(stdout).toContain('Invoices [secret] (URL)');
  expect(stdout + stderr).not.toContain(password);
});

describe('lint answers in one line with what to do, and exit code 2, to', () => {
  const v1 = { info: { schema: 'https://schema.getpostman.com/json/collection/v1.0.0/collection.json' }, item: [] };

  test.each<[string, string, RegExp]>([
    ['no JSON', '{"client_secret": "kQ7vX2mZp9Rt', /x\.json is not JSON/],
    ['nothing', '', /x\.json is not JSON/],
    ['no object', '[]', /no Postman collection v2\.0 or v2\.1: info is missing/],
    ['an environment', '{"name": "kQ7vX2mZp9Rt", "values": []}', /info is missing/],
    ['another version', JSON.stringify(v1), /info\.schema names another version/],
    ['a bad item', '{"info": {}, "item": ["kQ7vX2mZp9Rt"]}', /item\.0 is missing or not what it should be/],
    ['a bad request', '{"info": {}, "item": [{"request": 7}]}', /item\.0\.request is missing or not/],
  ])('%s', async (_, text, message) => {
    const { code, stdout, stderr } = await lintText(text);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^evergrant: .+\n {2}→ .+\n$/);
    expect(stderr).not.toContain('kQ7vX2mZp9Rt');
  });

  test('a file that is not there, and nothing is said of the others', async () => {
    const { code, stdout, stderr } = await place.run(['lint', faults, 'missing.json']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^evergrant: cannot read missing\.json \(ENOENT\)\n {2}→ .+\n$/);
  });

  test('a folder', async () => {
    expect(await place.run(['lint', '.'])).toMatchObject({ code: 2, stderr: expect.stringContaining('(EISDIR)') });
  });

  test('no file at all', async () => {
    expect(await place.run(['lint'])).toMatchObject({ code: 2, stdout: '' });
  });
});

test('v2.0, a byte order mark and the wrapping of Postman’s API are taken', async () => {
  const schema = 'https://schema.getpostman.com/json/collection/v2.0.0/collection.json';
  const collection = { info: { name: 'x', schema }, item: [] };
  expect(await lintText(`\uFEFF${JSON.stringify({ collection })}`)).toMatchObject({ code: 0 });
});

test('no other command loads the parser', async () => {
  const loaded = `--import=data:text/javascript,${encodeURIComponent(
    "import m from 'node:module'; process.on('exit', () => { const all = Object.keys(m.createRequire('/')('node:module')._cache); console.error(all.some((one) => /acorn|eslint-scope/.test(one))); });",
  )}`;
  const variables = { NODE_OPTIONS: loaded };
  expect((await place.run(['status'], { variables })).stderr).toMatch(/false\n$/);
  expect((await place.run(['lint', ours], { variables })).stderr).toMatch(/true\n$/);
});
