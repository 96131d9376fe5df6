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
    stderr: '',
  });
});

describe('the faults of other collections for Xero', () => {
  test('are found, each at its place', async () => {
    const { code, stdout } = await place.run(['lint', faults, '--json']);
    const { findings } = JSON.parse(stdout) as { findings: Record<string, unknown>[] };
    expect(code).toBe(8);
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
    expect(code).toBe(8);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(20);
    for (const line of lines) expect(line).toMatch(/faults\.postman_collection\.json: [^:]+ \([^)]+\): [a-z-]+: .+/);
    expect(lines[1]).toBe(
      `${faults}: Refresh token (test script, line 7): test-name-not-fixed: the test's name is made from the answer: every reporter prints it, and a report keeps it`,
    );
    expect(stderr).toMatch(/^2 collections checked, 20 findings\n( {2}\d+ × [a-z-]+ → .+\n){7}$/);
    expect(stderr).toContain('\n  5 × no-status-assertion → ');
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
  expect({ code, stdout: JSON.parse(stdout) as unknown }).toEqual({
    code: 0,
    stdout: { findings: [], counts: {}, errors: [] },
  });
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
  const v3 = { info: { schema: 'https://schema.getpostman.com/json/collection/v3.0.0/collection.json' }, item: [] };

  test.each<[string, string, RegExp]>([
    ['no JSON', '{"client_secret": "kQ7vX2mZp9Rt', /x\.json is not JSON/],
    ['nothing', '', /x\.json is not JSON/],
    ['no object', '[]', /no Postman collection v2\.0 or v2\.1: info is missing/],
    ['an environment', '{"name": "kQ7vX2mZp9Rt", "values": []}', /x\.json is a Postman environment/],
    ['another version', JSON.stringify(v3), /info\.schema names another version/],
    [
      'v1',
      '{"id": "1", "name": "v1", "order": [], "requests": []}',
      /x\.json is a collection of Postman's old format v1/,
    ],
    ['v1 by its schema', JSON.stringify(v1), /x\.json is a collection of Postman's old format v1/],
    ['a bad item', '{"info": {}, "item": ["kQ7vX2mZp9Rt"]}', /item\.0 is missing or not what it should be/],
    ['a bad request', '{"info": {}, "item": [{"request": 7}]}', /item\.0\.request is missing or not/],
  ])('%s', async (_, text, message) => {
    const { code, stdout, stderr } = await lintText(text);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^evergrant: .+\n {2}→ .+\n$/);
    expect(stderr).not.toContain('kQ7vX2mZp9Rt');
  });

  test.each(['{"client_id": "kQ7vX2mZp9Rt"}', '{"client_secret": "kQ7v'])('settings of an app: %s', async (text) => {
    fs.writeFileSync(path.join(place.folder, 'x.app.json'), text);
    expect(await place.run(['lint', 'x.app.json'])).toEqual({
      code: 2,
      stdout: '',
      stderr: `evergrant: x.app.json has the settings of an app, and is no collection
  → give lint the collection; evergrant doctor says what is wrong with an app\n`,
    });
  });

  test('a file that is not there', async () => {
    const { code, stdout, stderr } = await place.run(['lint', 'missing.json']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^evergrant: cannot read missing\.json \(ENOENT\)\n {2}→ .+\n$/);
  });

  test('a rule that there is not', async () => {
    const { code, stderr } = await place.run(['lint', ours, '--rule', 'secret']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^evergrant: there is no rule "secret"\n {2}→ the rules are secret-in-file, .+\n$/);
  });

  test('a folder without a collection', async () => {
    const stderr = expect.stringContaining(". holds no collection of Postman's format v3");
    expect(await place.run(['lint', '.'])).toMatchObject({ code: 2, stderr });
  });

  test('no file at all', async () => {
    expect(await place.run(['lint'])).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('bad files beside good ones', () => {
  const version1 = '{"id": "1", "name": "v1", "order": [], "requests": []}';

  test('are said at the end, and the others are checked', async () => {
    fs.writeFileSync(path.join(place.folder, 'v1.json'), version1);
    const { code, stdout, stderr } = await place.run(['lint', 'missing.json', faults, 'v1.json', ours]);
    expect(code).toBe(2);
    expect(stdout.trimEnd().split('\n')).toHaveLength(20);
    expect(stderr).toMatch(/^2 collections checked, 20 findings\n/);
    expect(stderr).toMatch(
      /evergrant: cannot read missing\.json \(ENOENT\)\n {2}→ .+\nevergrant: v1\.json is a .+ v1, .+\n {2}→ .+\n$/,
    );
  });

  test('are in the JSON, a single one too', async () => {
    fs.writeFileSync(path.join(place.folder, 'v1.json'), version1);
    const { code, stdout } = await place.run(['lint', 'v1.json', '--json']);
    expect({ code, stdout: JSON.parse(stdout) as unknown }).toEqual({
      code: 2,
      stdout: {
        findings: [],
        counts: {},
        errors: [{ file: 'v1.json', code: 'version_1', message: expect.any(String), hint: expect.any(String) }],
      },
    });
  });
});

test('--rule looks for the rules that it names, and counts are by rule', async () => {
  const rules = ['--rule', 'legacy-api', '--rule', 'secret-in-file'];
  const { code, stdout } = await place.run(['lint', faults, '--json', ...rules]);
  const { counts } = JSON.parse(stdout) as { counts: object };
  expect({ code, counts }).toEqual({ code: 8, counts: { 'secret-in-file': 1, 'legacy-api': 4 } });
  expect(await place.run(['lint', faults, '--rule', 'plain-http'])).toMatchObject({ code: 0, stdout: '' });
});

test('the id of a rule is printed as it is, even if a password is a part of it', async () => {
  const item = { name: 'Request', request: { url: 'https://admin:assertion@api.example.com/x' } };
  const { stdout } = await lintText(JSON.stringify({ info: {}, item: [item] }));
  expect(stdout).toContain('no-status-assertion: no test looks at the status');
  expect(stdout).toContain('secret-in-file: a password in a URL');
});

test('SARIF says where each finding stands, in lines of the file', async () => {
  const text = fs.readFileSync(faults, 'utf8');
  fs.writeFileSync(path.join(place.folder, 'a b.json'), text);
  fs.writeFileSync(path.join(place.folder, 'bad.json'), '{');
  const { code, stdout } = await place.run(['lint', 'a b.json', 'bad.json', '--format', 'sarif']);
  const { runs } = JSON.parse(stdout) as { runs: [{ results: Result1[]; invocations: object[] }] };
  const lines = text.split('\n');
  const places = runs[0].results.map(({ ruleId, locations: [{ physicalLocation }] }) => ({
    ruleId,
    uri: physicalLocation.artifactLocation.uri,
    line: lines[physicalLocation.region.startLine - 1],
  }));
  expect(code).toBe(2);
  expect(places).toHaveLength(20);
  expect(new Set(places.map(({ uri }) => uri))).toEqual(new Set(['a%20b.json']));
  const lineOf = (rule: string): string | undefined => places.find(({ ruleId }) => ruleId === rule)?.line;
  expect(lineOf('test-name-not-fixed')).toMatch(/tests\[/);
  expect(lineOf('value-logged')).toMatch(/console\.log/);
  expect(lineOf('unguarded-set')).toMatch(/set\w*\(/i);
  expect(runs[0].invocations).toMatchObject([
    { executionSuccessful: false, toolExecutionNotifications: [{ level: 'error' }] },
  ]);
});

interface Result1 {
  readonly ruleId: string;
  readonly locations: [{ physicalLocation: { artifactLocation: { uri: string }; region: { startLine: number } } }];
}

test('a folder of format v3 is read, its files are named, and one that is broken stops no other', async () => {
  const files = {
    'w/one/A.request.yaml':
      '$kind: http-request\nscripts:\n  - type: afterResponse\n    code: |-\n      console.log(responseBody);\n',
    'w/two/B.request.yaml': 'url: {{x}}: y: z',
  };
  for (const [file, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(place.folder, file)), { recursive: true });
    fs.writeFileSync(path.join(place.folder, file), text);
  }
  const { code, stdout, stderr } = await place.run(['lint', 'w', '--rule', 'value-logged']);
  expect({ code, stdout }).toEqual({
    code: 2,
    stdout: expect.stringMatching(/^w\/one\/A\.request\.yaml: A \(test script, line 1\): value-logged: .+\n$/),
  });
  expect(stderr).toContain('evergrant: w/two/B.request.yaml is not YAML\n  → ');
  const sarif = JSON.parse((await place.run(['lint', 'w/one', '--format', 'sarif'])).stdout) as {
    runs: [{ results: Result1[] }];
  };
  const at = sarif.runs[0].results.find(({ ruleId }) => ruleId === 'value-logged')?.locations[0].physicalLocation;
  expect(at).toEqual({ artifactLocation: { uri: 'w/one/A.request.yaml' }, region: { startLine: 5 } });
});

test('v2.0, a byte order mark and the wrapping of Postman’s API are taken', async () => {
  const schema = 'https://schema.getpostman.com/json/collection/v2.0.0/collection.json';
  const collection = { info: { name: 'x', schema }, item: [] };
  expect(await lintText(`\uFEFF${JSON.stringify({ collection })}`)).toMatchObject({ code: 0 });
});

test('no other command loads the parser', async () => {
  const loaded = `--import=data:text/javascript,${encodeURIComponent(
    "import m from 'node:module'; process.on('exit', () => { const all = Object.keys(m.createRequire('/')('node:module')._cache); console.error(all.some((one) => /acorn|eslint-scope|secretlint/.test(one))); });",
  )}`;
  const variables = { NODE_OPTIONS: loaded };
  expect((await place.run(['status'], { variables })).stderr).toMatch(/false\n$/);
  expect((await place.run(['lint', ours], { variables })).stderr).toMatch(/true\n$/);
});
