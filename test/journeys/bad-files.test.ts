import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isRoot, nobody } from '../environment/files/children';
import { makeWorkplace, type Workplace } from '../support/program';
import { startProgram, type Ended } from '../support/running';
import { startXeroServer, type XeroServer } from '../support/servers/xero-server';

let xero: XeroServer;

beforeAll(async () => {
  xero = await startXeroServer();
});

afterAll(() => xero.close());

/** Permission bits don't bind root, so as root the program runs as another user, who owns the workplace. */
function evergrant({ folder }: Workplace, ...args: string[]): Promise<Ended> {
  if (isRoot) for (const place of [folder, ...everythingIn(folder)]) fs.lchownSync(place, nobody, nobody);
  return startProgram(folder, args, isRoot ? { uid: nobody } : {}).ended;
}

function everythingIn(folder: string): string[] {
  return fs.readdirSync(folder, { recursive: true }).map((found) => path.join(folder, String(found)));
}

interface Line {
  readonly environment: string;
  readonly error: { readonly code: string; readonly message: string; readonly hint: string } | null;
}

interface RefreshLine extends Line {
  readonly outcome: string;
}

const good = (name: string): string => xero.environment('web', name, xero.connectedRows());
const secretText = 'CANARY-in-a-bad-file';

/** Ways in which a file can be no environment: how it is made, and what is said of it. */
const badFiles: readonly (readonly [string, (file: string) => void, string, RegExp])[] = [
  ['truncated', (file) => fs.writeFileSync(file, good('truncated').slice(0, 900)), 'not_json', /is not JSON/],
  ['empty', (file) => fs.writeFileSync(file, ''), 'empty_file', /is empty/],
  ['blank', (file) => fs.writeFileSync(file, ' \n\t\n'), 'empty_file', /is empty/],
  ['prose', (file) => fs.writeFileSync(file, `my token: ${secretText}`), 'not_json', /is not JSON/],
  ['list', (file) => fs.writeFileSync(file, '[]'), 'not_an_environment', /no Postman environment/],
  ['word', (file) => fs.writeFileSync(file, `"${secretText}"`), 'not_an_environment', /no Postman environment/],
  [
    'collection',
    (file) => fs.writeFileSync(file, '{"info":{"name":"x"},"item":[]}'),
    'not_an_environment',
    /values is missing/,
  ],
  ['twice', (file) => fs.writeFileSync(file, doubled('twice')), 'duplicate_key', /has client_id twice/],
  ['nul', (file) => fs.writeFileSync(file, Buffer.alloc(4096)), 'not_json', /is not JSON/],
  [
    'nul-inside',
    (file) => fs.writeFileSync(file, good('nul-inside').replace('client_id', 'client\0id')),
    'not_json',
    /is not JSON/,
  ],
  ['utf16', (file) => fs.writeFileSync(file, `\uFEFF${good('utf16')}`, 'utf16le'), 'not_utf8', /is not UTF-8/],
  [
    'utf16be',
    (file) => fs.writeFileSync(file, Buffer.from(`\uFEFF${good('utf16be')}`, 'utf16le').swap16()),
    'not_utf8',
    /is not UTF-8/,
  ],
  ['latin1', (file) => fs.writeFileSync(file, good('latin1'), 'latin1'), 'not_utf8', /is not UTF-8/],
  ['huge', (file) => fs.writeFileSync(file, Buffer.alloc(50 * 1024 * 1024, 32)), 'too_large', /it has 50 MB/],
  ['folder', (file) => fs.mkdirSync(file), 'a_folder', /is a folder/],
  ['dangling', (file) => fs.symlinkSync('nowhere.json', file), 'dangling_link', /a link to a file that is not there/],
  ['loop', (file) => fs.symlinkSync(path.basename(file), file), 'unreadable', /cannot read .* \(ELOOP\)/],
  [
    'forbidden',
    (file) => fs.writeFileSync(file, good('forbidden'), { mode: 0 }),
    'unreadable',
    /cannot read .* \(EACCES\)/,
  ],
  [
    'Capitals',
    (file) => fs.writeFileSync(file, good('Capitals')),
    'bad_name',
    /Capitals\.postman_environment\.json is not used/,
  ],
];
const bind =
  'import os, socket, sys; os.chdir(os.path.dirname(sys.argv[1])); socket.socket(socket.AF_UNIX).bind(os.path.basename(sys.argv[1]))';
const pipes: typeof badFiles = [
  ['pipe', (file) => void execFileSync('mkfifo', [file]), 'not_a_file', /is no plain file/],
  ['socket', (file) => void execFileSync('python3', ['-c', bind, file]), 'not_a_file', /is no plain file/],
  ['device', (file) => fs.symlinkSync('/dev/zero', file), 'not_a_file', /is no plain file/],
];
const cases = process.platform === 'win32' ? badFiles : [...badFiles, ...pipes];

/** What it is called in results: by its file's name, where that is none of an environment's. */
function calledBy(name: string): string {
  return name === 'Capitals' ? `${name}.postman_environment.json` : name;
}

function doubled(name: string): string {
  const file = JSON.parse(good(name)) as { values: { key: string }[] };
  return JSON.stringify({ ...file, values: [...file.values, ...file.values.filter(({ key }) => key === 'client_id')] });
}

describe('in a folder with every kind of bad file', () => {
  let place: Workplace;
  let before: Map<string, string>;
  let lines: Map<string, RefreshLine>;
  let code: number | null;

  beforeAll(async () => {
    place = makeWorkplace();
    for (const name of ['a-first', 'zz-last']) place.write(name, good(name));
    for (const [name, make] of cases) make(place.fileOf(name));
    fs.writeFileSync(path.join(place.folder, 'environments', 'notes.txt'), 'no environment');
    fs.writeFileSync(path.join(place.folder, 'environments', 'workspace.json'), '{}');
    before = fingerprints(place);
    const ended = await evergrant(place, 'refresh', '--all', '--no-jitter', '--force', '--json');
    ({ code } = ended);
    const { results } = JSON.parse(ended.stdout) as { results: RefreshLine[] };
    lines = new Map(results.map((line) => [line.environment, line]));
  });

  afterAll(() => fs.rmSync(place.folder, { recursive: true }));

  test.each(cases)(
    '%s: a clear error, nothing secret in it, and the file as it was',
    (name, _make, errorCode, message) => {
      const { outcome, error } = lines.get(calledBy(name)) ?? { outcome: 'missing', error: null };
      expect({ outcome, code: error?.code }).toEqual({ outcome: 'invalid', code: errorCode });
      expect(error?.message).toMatch(message);
      expect(error?.hint).not.toBe('');
      expect(JSON.stringify(error)).not.toContain('CANARY');
      expect(fingerprint(place.fileOf(name))).toBe(before.get(place.fileOf(name)));
    },
  );

  test.each(['a-first', 'zz-last'])('%s, a good one, is refreshed all the same', (name) => {
    expect(lines.get(name)).toMatchObject({ outcome: 'refreshed', error: null });
    expect(xero.accepts(place.rows(name)['refresh_token'] ?? '')).toBe(true);
  });

  test('files that are called otherwise are no environments, and the exit code is that of bad input', () => {
    expect([...lines.keys()].sort()).toEqual([...cases.map(([name]) => calledBy(name)), 'a-first', 'zz-last'].sort());
    expect(code).toBe(2);
  });

  test('nothing is made beside the bad files', () => {
    const made = fs.readdirSync(path.join(place.folder, 'environments', '.evergrant'));
    expect(made.filter((name) => !['.gitignore', 'log.jsonl', 'said.json'].includes(name))).toEqual(
      ['a-first', 'zz-last'].map((name) => path.basename(place.fileOf(name))),
    );
  });

  test('status and doctor say it of each, too, and go on', async () => {
    const { stdout } = await evergrant(place, 'status', '--json');
    const { environments } = JSON.parse(stdout) as { environments: (Line & { state: string })[] };
    const codes = environments.map(({ environment, state, error }) => [
      environment,
      state === 'invalid' ? error?.code : state,
    ]);
    const expected = [
      ...cases.map(([name, , errorCode]) => [calledBy(name), errorCode]),
      ['a-first', 'connected'],
      ['zz-last', 'connected'],
    ];
    expect(codes.sort()).toEqual(expected.sort());
    const examined = await evergrant(place, 'doctor', '--json');
    const report = JSON.parse(examined.stdout) as {
      environments: { environment: string; findings: { code: string }[] }[];
    };
    expect(examined.code).toBe(2);
    expect(report.environments.map(({ environment }) => environment).sort()).toEqual([...lines.keys()].sort());
  });
});

/** What a file is, whole: its kind, permissions, inode and bytes, or where it leads. */
function fingerprint(file: string): string {
  const { mode, ino, size } = fs.lstatSync(file);
  const isPlain = (mode & fs.constants.S_IFMT) === fs.constants.S_IFREG;
  const content = isPlain && isRoot ? fs.readFileSync(file).toString('base64').slice(0, 100_000) : '';
  return [mode, ino, size, content].join(' ');
}

function fingerprints({ folder }: Workplace): Map<string, string> {
  const environments = path.join(folder, 'environments');
  return new Map(
    fs
      .readdirSync(environments)
      .map((name) => [path.join(environments, name), fingerprint(path.join(environments, name))]),
  );
}

describe('a file that is only unusual', () => {
  let place: Workplace;

  beforeEach(() => {
    place = makeWorkplace();
    return () => fs.rmSync(place.folder, { recursive: true });
  });

  test.each<[string, (text: string) => string]>([
    ['a byte order mark', (text) => `\uFEFF${text}`],
    ['Windows’ line ends', (text) => text.replaceAll('\n', '\r\n')],
    ['both, and no line end at the end', (text) => `\uFEFF${text.trimEnd().replaceAll('\n', '\r\n')}`],
    ['one long line', (text) => JSON.stringify(JSON.parse(text))],
  ])('with %s is refreshed, and keeps it', async (_, change) => {
    const text = change(good('acme'));
    place.write('acme', text);
    expect(await evergrant(place, 'refresh', 'acme', '--force')).toMatchObject({ code: 0 });
    const after = fs.readFileSync(place.fileOf('acme'), 'utf8');
    expect(blotted(after)).toBe(blotted(text));
    expect(xero.accepts(/"refresh_token",\s*"value": ?"([^"]+)/.exec(after)?.[1] ?? '')).toBe(true);
  });

  test('behind a link is refreshed where it is, and the link stays', async () => {
    fs.mkdirSync(path.join(place.folder, 'elsewhere'));
    const real = path.join(place.folder, 'elsewhere', 'real.json');
    fs.writeFileSync(real, good('acme'), { mode: 0o600 });
    fs.symlinkSync('../elsewhere/real.json', place.fileOf('acme'));
    expect(await evergrant(place, 'refresh', 'acme', '--force')).toMatchObject({ code: 0 });
    expect(fs.readlinkSync(place.fileOf('acme'))).toBe('../elsewhere/real.json');
    expect(fs.readFileSync(real, 'utf8')).toContain('"value": "2"');
  });
});

test('a file that is nested too deeply is refused, too, before anything is sent', async () => {
  const place = makeWorkplace();
  const deep = good('deep').replace('{', `{"deep":${'['.repeat(100_000)}${']'.repeat(100_000)},`);
  place.write('deep', deep);
  place.write('good', good('good'));
  const asked = xero.requests.length;
  const { code, stdout } = await evergrant(place, 'refresh', '--all', '--no-jitter', '--force', '--json');
  const { results } = JSON.parse(stdout) as { results: RefreshLine[] };
  expect([code, results.map(({ outcome }) => outcome)]).toEqual([2, ['invalid', 'refreshed']]);
  expect(xero.requests.length).toBe(asked + 1);
  expect(fs.readFileSync(place.fileOf('deep'), 'utf8')).toBe(deep);
  fs.rmSync(place.folder, { recursive: true });
});

/** A text without the values that a refresh sets. */
function blotted(text: string): string {
  return text.replaceAll(/("(?:access_token|refresh_token|generation)(?:_expires_at)?",\s*"value": ?)"[^"]*"/g, '$1""');
}

describe.skipIf(process.platform === 'win32')('where nothing can be written', () => {
  let place: Workplace;

  beforeEach(() => {
    place = makeWorkplace();
    place.write('acme', good('acme'));
    return () => {
      fs.chmodSync(path.join(place.folder, 'environments'), 0o700);
      fs.rmSync(place.folder, { recursive: true });
    };
  });

  test.each(['before', 'after'] as const)(
    'a folder made read-only %s its first refresh: nothing is sent',
    async (when) => {
      if (when === 'after') expect(await evergrant(place, 'refresh', 'acme', '--force')).toMatchObject({ code: 0 });
      const [before, asked] = [fs.readFileSync(place.fileOf('acme'), 'utf8'), xero.requests.length];
      fs.chmodSync(path.join(place.folder, 'environments'), 0o500);
      expect(await evergrant(place, 'refresh', 'acme', '--force')).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(
          /^evergrant: cannot write .*acme.*\(EACCES: .*environments is in the way\); nothing was spent\n {2}→ .+\n$/,
        ),
      });
      expect([fs.readFileSync(place.fileOf('acme'), 'utf8'), xero.requests.length]).toEqual([before, asked]);
    },
  );

  test('what needs no writing still works: token, status, and a refresh that is not due', async () => {
    fs.chmodSync(path.join(place.folder, 'environments'), 0o500);
    const token = place.rows('acme')['access_token'];
    expect(await evergrant(place, 'token', 'acme')).toEqual({ code: 0, stdout: `${token}\n`, stderr: '' });
    expect(await evergrant(place, 'status', 'acme')).toMatchObject({ code: 0 });
    expect(await evergrant(place, 'refresh', 'acme')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('not due'),
    });
  });

  test('a folder that cannot be read says so', async () => {
    fs.chmodSync(path.join(place.folder, 'environments'), 0);
    expect(await evergrant(place, 'refresh', '--all', '--no-jitter')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^evergrant: cannot read the folder environments \(EACCES\)\n {2}→ .+\n$/),
    });
  });
});
