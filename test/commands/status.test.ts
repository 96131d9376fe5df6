import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { makeWorkplace, type Workplace } from '../support/program';
import { projectFolder } from '../support/project';
import { startProgram } from '../support/running';
import { holdTokenRequest, startXeroServer } from '../support/servers/xero-server';
import { isWithoutTerminal, startOnTerminal } from '../support/terminal';

type Rows = Readonly<Record<string, string>>;

let place: Workplace;
const [minute, day] = [60_000, 86_400_000];
const after = (ms: number): string => new Date(Date.now() + ms).toISOString();
/** As far ahead as either can be. */
const [accessEndsAt, refreshEndsAt] = [after(30 * minute), after(60 * day)];
const secrets = ['the-access-token', 'the-refresh-token', 'the-client-secret'] as const;

beforeEach(() => {
  place = makeWorkplace();
});

function write(name: string, rows: Rows = {}): void {
  const all: Rows = {
    app_type: 'web',
    client_id: 'the-client',
    client_secret: secrets[2],
    access_token: secrets[0],
    refresh_token: secrets[1],
    access_token_expires_at: accessEndsAt,
    refresh_token_expires_at: refreshEndsAt,
    tenant_name: 'Maple Bakery',
    generation: '7',
    grant_status: 'connected',
    ...rows,
  };
  const values = Object.entries(all).map(([key, value]) => ({ key, value, type: 'default', enabled: true }));
  place.write(name, JSON.stringify({ name, values }));
}

function writeLog(...lines: object[]): void {
  const folder = path.join(place.folder, 'environments', '.evergrant');
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'log.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

/** One of each state. */
function writeFleet(): void {
  write('acme');
  write('birch', { grant_status: 'consent_needed' });
  write('cedar', { refresh_started_at: after(-10 * minute), refresh_token_expires_at: after(50 * day) });
  write('dill', { refresh_token: '', access_token: '', access_token_expires_at: '', refresh_token_expires_at: '' });
  place.write('elder', '{');
}

describe('status off a terminal', () => {
  test('needs no working folder, where the environments are named by a whole path', () => {
    write('acme');
    const cli = path.join(projectFolder(), 'dist/cli.js');
    const line = `mkdir gone && cd gone && rmdir ../gone && exec '${process.execPath}' '${cli}' --environments '${place.folder}/environments' status`;
    const { status, stderr } = spawnSync('sh', ['-c', line], { cwd: place.folder, encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });

  test('prints one plain line for each connection, most urgent first, and the counts at the end', async () => {
    writeFleet();
    writeLog({ at: after(-4 * minute), environment: 'acme', outcome: 'refreshed' });
    const { code, stdout, stderr } = await place.run(['status']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => line.split(/ {2,}/).slice(0, 3))).toEqual([
      ['ENVIRONMENT', 'STATE', 'ORGANISATION'],
      ['birch', 'consent needed', 'Maple Bakery'],
      ['elder', 'invalid', '-'],
      ['cedar', 'interrupted', 'Maple Bakery'],
      ['acme', 'connected', 'Maple Bakery'],
      ['dill', 'never connected', 'Maple Bakery'],
      ['1 consent needed, 1 invalid, 1 interrupted, 1 connected, 1 never connected'],
    ]);
    expect(lines[4]).toMatch(/ \d+ min +\d{4}-\d\d-\d\d, in \d+ d +refreshed 4 min ago$/);
    expect(stderr).toMatch(/elder.*is not JSON\n {2}→ .*\n$/);
    expect({ code, hasEscape: stdout.includes('\x1b') }).toEqual({ code: 0, hasEscape: false });
  });

  test('of more than --limit shows the most urgent ones, after the counts', async () => {
    writeFleet();
    const { stdout, stderr } = await place.run(['status', '--limit', '2']);
    const names = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/)[0]);
    expect(names).toEqual([expect.stringMatching(/1 connected/), 'ENVIRONMENT', 'birch', 'elder']);
    expect(stderr).toContain('and 3 more environments: --limit, --state or --tenant shows them');
    const { environments } = JSON.parse((await place.run(['status', '--limit', '2', '--json'])).stdout) as {
      environments: object[];
    };
    expect(environments).toHaveLength(2);
  });

  test('prints a name of several lines on one line, and no escape sequence', async () => {
    write('acme', { tenant_name: 'Maple\r\nBakery\x1b]0;pwned\x07\u202E' });
    const { stdout } = await place.run(['status']);
    expect(stdout.split('\n')[1]).toContain('Maple Bakery ]0;pwned');
    expect(stdout.split('\n')).toHaveLength(4);
  });

  test('says so when a folder has no environment', async () => {
    expect(await place.run(['status'])).toEqual({
      code: 0,
      stdout: '',
      stderr: 'no environments in environments\n  → make one: npx evergrant init NAME\n',
    });
  });

  test('cannot be watched', async () => {
    write('acme');
    expect(await place.run(['status', '--watch'])).toEqual({
      code: 2,
      stdout: '',
      stderr: 'evergrant: --watch needs a terminal\n  → for a program: npx evergrant status --json\n',
    });
  });

  test.each([['--json'], ['--metrics', 'a.prom'], ['--html', 'a.html']])(
    'cannot be watched with %s',
    async (...more) => {
      expect(await place.run(['status', '--watch', ...more])).toMatchObject({ code: 2, stdout: '' });
    },
  );
});

test('--json has the fields of the contract, most urgent first', async () => {
  writeFleet();
  writeLog({ at: '2026-11-22T10:00:00.000Z', environment: 'acme', outcome: 'not_due' });
  const { stdout } = await place.run(['status', '--json']);
  const { environments } = JSON.parse(stdout) as { environments: { environment: string }[] };
  expect(environments.map(({ environment }) => environment)).toEqual(['birch', 'elder', 'cedar', 'acme', 'dill']);
  expect(environments[3]).toEqual({
    environment: 'acme',
    appType: 'web',
    state: 'connected',
    tenantName: 'Maple Bakery',
    accessTokenExpiresAt: accessEndsAt,
    refreshTokenExpiresAt: refreshEndsAt,
    consentNeededBy: refreshEndsAt,
    generation: 7,
    lastOutcome: 'not_due',
    lastAttemptAt: '2026-11-22T10:00:00.000Z',
    detail: null,
    since: null,
    linkGoodUntil: null,
    refreshStartedAt: null,
    refreshStartedOn: null,
    unconfirmed: null,
    error: null,
    tenantId: null,
    grantedScopes: null,
    missingScopes: null,
    consentedBy: null,
  });
});

test('a refresh under way is not called interrupted, and a cut off one is', async () => {
  const xero = await startXeroServer();
  try {
    place.write('acme', xero.environment('web', 'acme', xero.connectedRows()));
    const held = holdTokenRequest(xero);
    const running = startProgram(place.folder, ['refresh', 'acme', '--force']);
    await held.arrived;
    const shown = async (): Promise<object[]> => {
      const { stdout } = await place.run(['status', '--json']);
      return (JSON.parse(stdout) as { environments: object[] }).environments;
    };
    const since = place.rows('acme')['refresh_started_at'];
    expect(await shown()).toMatchObject([{ state: 'interrupted', detail: 'refreshing', since }]);
    expect((await place.run(['status'])).stdout).toMatch(/acme +refreshing .*\n1 refreshing\n$/s);
    running.signal('SIGKILL');
    await running.ended;
    expect(await shown()).toMatchObject([{ state: 'interrupted', detail: null, since: null }]);
    held.answer();
  } finally {
    await xero.close();
  }
});

test('--json says what the state alone does not, and since when', async () => {
  write('acme');
  write('birch', { handed_over_at: '2026-11-22T10:00:00.000Z', access_token: '', refresh_token: '' });
  writeLog(
    { at: '2026-11-22T10:00:00.000Z', environment: 'acme', outcome: 'refused' },
    { at: after(0), environment: 'acme', outcome: 'refused' },
  );
  const { stdout } = await place.run(['status', '--json']);
  expect((JSON.parse(stdout) as { environments: object[] }).environments).toMatchObject([
    { environment: 'acme', state: 'connected', detail: 'failing', since: '2026-11-22T10:00:00.000Z' },
    { environment: 'birch', state: 'never_connected', detail: 'moved', since: '2026-11-22T10:00:00.000Z' },
  ]);
});

test('the start loads neither what writes the page nor Prometheus’ client', async () => {
  write('acme');
  const telling = `--import=data:text/javascript,${encodeURIComponent(
    "import m from 'node:module'; process.on('exit', () => console.error(Object.keys(m.createRequire('/')('node:module')._cache).filter((one) => /prom-client.index|status.page\\.js|status.metrics|truncated-width|newman/.test(one)).length));",
  )}`;
  const variables = { NODE_OPTIONS: telling };
  expect((await place.run(['status'], { variables })).stderr).toBe('0\n');
  expect((await place.run(['status', '--metrics', 'a.prom'], { variables })).stderr).toBe('2\n');
});

describe('a file that is asked for', () => {
  test.each([
    ['--metrics', 'status.txt', 'must end in .prom'],
    ['--metrics', 'environments/acme.postman_environment.json', 'must end in .prom'],
    ['--html', 'environments/acme.postman_environment.json', 'must end in .html or .htm'],
    ['--html', 'no-such-folder/status.html', 'cannot write no-such-folder/status.html (ENOENT)'],
  ])('%s %s is refused in one line', async (option, file, problem) => {
    write('acme');
    const before = fs.readFileSync(place.fileOf('acme'), 'utf8');
    const { code, stdout, stderr } = await place.run(['status', option, file]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^evergrant: .+\n {2}→ .+\n$/);
    expect(stderr).toContain(problem);
    expect(fs.readFileSync(place.fileOf('acme'), 'utf8')).toBe(before);
  });

  test('is written with nothing printed, so that cron sends no mail; --json still prints', async () => {
    writeFleet();
    const files = ['--metrics', 'status.prom', '--html', 'status.html'];
    expect(await place.run(['status', ...files])).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(JSON.parse((await place.run(['status', ...files, '--json'])).stdout)).toHaveProperty('environments');
    const modes = ['status.prom', 'status.html'].map((file) => fs.statSync(path.join(place.folder, file)).mode & 0o777);
    expect(modes).toEqual([0o644, 0o600]);
  });
});

describe.skipIf(isWithoutTerminal)('status on a terminal', () => {
  test.each([60, 80, 120])('has no line longer than the terminal’s %i columns', async (columns) => {
    writeFleet();
    write('a-very-long-name-for-an-environment-of-somebody', { tenant_name: '山田製作所 株式会社 '.repeat(9) });
    const { ended } = startOnTerminal(place.folder, ['status'], { columns, lines: 24 });
    const { screen } = await ended;
    const plain = screen.replaceAll(/\x1b\[\d*m/g, '').split('\r\n');
    const wide = plain.filter(
      (line) => !/→|JSON/.test(line) && line.replaceAll(/[\u3000-\u9fff]/g, '..').length > columns,
    );
    expect(wide).toEqual([]);
    expect(screen).toContain('\x1b[31mconsent needed');
  });

  test('has no colour under NO_COLOR, and says the same', async () => {
    writeFleet();
    const window = { columns: 200, lines: 24, variables: { NO_COLOR: '1' } };
    const { screen } = await startOnTerminal(place.folder, ['status'], window).ended;
    expect(screen).not.toContain('\x1b');
    expect(screen).toMatch(/birch +consent needed/);
  });

  test('is drawn again in place until Ctrl-C, which leaves the terminal as it was', async () => {
    writeFleet();
    const args = ['status', '--watch', '--interval', '100ms'];
    const { type, shows, ended } = startOnTerminal(place.folder, args, { columns: 100, lines: 6 });
    const first = await shows('first 3 of 5: 1 consent needed');
    expect(first).toMatch(/^\x1b\[\?1049h\x1b\[\?25l\x1b\[\?7l\x1b\[H/);
    expect(first).not.toContain('dill');
    write('birch', { tenant_name: 'Renamed since' });
    write('elder', { grant_status: 'consent_needed', tenant_name: 'Pine Nursery' });
    await shows('Pine Nursery');
    type('\x03');
    const { code, screen } = await ended;
    expect(code).toBe(0);
    expect(screen).toMatch(/\x1b\[\?7h\x1b\[\?25h\x1b\[\?1049l$/);
    expect(screen.split('\x1b[?1049h')).toHaveLength(2);
  });

  test('with --watch restores the terminal before it prints what went wrong', async () => {
    write('acme');
    const args = ['status', '--watch', '--interval', '100ms'];
    const { shows, ended } = startOnTerminal(place.folder, args, { columns: 100, lines: 24 });
    await shows('1 connected');
    fs.rmSync(path.join(place.folder, 'environments'), { recursive: true });
    const { code, screen } = await ended;
    expect(code).toBe(2);
    expect(screen).toMatch(/\x1b\[\?1049levergrant: cannot read the folder/);
  });
});

describe('a part of the fleet', () => {
  const shown = async (...args: string[]): Promise<string[]> => {
    const { stdout } = await place.run(['status', '--json', ...args]);
    return (JSON.parse(stdout) as { environments: { environment: string }[] }).environments.map(
      ({ environment }) => environment,
    );
  };

  test.each<[string[], string[]]>([
    [
      ['--state', 'connected'],
      ['fir', 'acme'],
    ],
    [['--state', 'never_connected'], ['dill']],
    [['--tenant', 'TENANT-OF-FIR'], ['fir']],
    [['--tenant', 'another'], []],
    [['--problems'], ['birch', 'elder', 'cedar', 'fir']],
    [['--problems', '--state', 'connected'], ['fir']],
  ])('%j shows %j', async (args, expected) => {
    writeFleet();
    write('fir', { tenant_id: 'tenant-of-fir', refresh_token_expires_at: after(59 * day) });
    writeLog({ at: after(-4 * minute), environment: 'fir', outcome: 'refused' });
    expect(await shown(...args)).toEqual(expected);
  });

  test('that is empty prints nothing, so that cron mails problems alone', async () => {
    write('acme');
    expect(await place.run(['status', '--problems'])).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('is asked for by a state that there is, and never for metrics', async () => {
    write('acme');
    expect(await place.run(['status', '--state', 'well'])).toMatchObject({ code: 2, stdout: '' });
    expect(await place.run(['status', '--problems', '--metrics', 'a.prom'])).toMatchObject({ code: 2, stdout: '' });
  });
});

test('--json says what was granted, and what of the configured scopes was not', async () => {
  const claims = Buffer.from(JSON.stringify({ scope: ['openid', 'files'] })).toString('base64url');
  write('acme', { access_token: `eyJ.${claims}.x`, scopes: 'openid offline_access files assets' });
  const { stdout } = await place.run(['status', '--json']);
  expect((JSON.parse(stdout) as { environments: object[] }).environments[0]).toMatchObject({
    grantedScopes: ['openid', 'files'],
    missingScopes: ['assets'],
  });
});

test('duplicates are told of those that are shown', async () => {
  for (const name of ['acme', 'birch']) write(name, { authorised_user_id: 'dana', tenant_id: 'one' });
  expect((await place.run(['status'])).stderr).toContain('note: acme and birch are of the same Xero user');
  expect((await place.run(['status', '--tenant', 'one'])).stderr).toContain('note: acme and birch');
  for (const filter of [['--tenant', 'nope'], ['--state', 'moved'], ['--problems']]) {
    expect(await place.run(['status', ...filter])).toMatchObject({ code: 0, stderr: '' });
  }
});

test.runIf(process.platform !== 'win32')(
  'names of files that differ in what can’t be seen are listed apart',
  async () => {
    for (const name of ['a\nb', 'a\u00adb', 'a\u200db']) place.write(name, '{}');
    const { stdout } = await place.run(['list', '--json']);
    const { environments } = JSON.parse(stdout) as { environments: { environment: string }[] };
    const names = environments.map(({ environment }) => environment);
    expect(names.map((name) => JSON.parse(name) as string)).toEqual(
      ['a\nb', 'a\u00adb', 'a\u200db'].map((name) => `${name}.postman_environment.json`),
    );
    expect((await place.run(['list'])).stdout).toBe(`${names.join('\n')}\n`);
  },
);
