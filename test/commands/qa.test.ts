import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readScenarios } from '../../scripts/qa/play/read-scenarios';
import { expectNoSecret } from '../support/leaks';
import { makeWorkplace, type Workplace } from '../support/program';
import { lineOf, startProgram } from '../support/running';
import { startXeroServer, type XeroServer } from '../support/servers/xero-server';

let xero: XeroServer;
let place: Workplace;

beforeAll(async () => {
  xero = await startXeroServer();
});
afterAll(() => xero.close());
beforeEach(() => {
  place = makeWorkplace();
});

const files = ['qa.html', 'qa.json', 'qa.junit.xml', 'qa.recording.json'];

describe('the QA collection', () => {
  test.each(['README.md', '.github/CHANGELOG.md'])(
    'has more scenarios than %s says, each with an id of its own',
    (file) => {
      const ids = readScenarios().map(({ id }) => id);
      const said = /more than (\d+) authorisation\s+flows/.exec(fs.readFileSync(file, 'utf8'))?.[1];
      expect(ids.length).toBeGreaterThan(Number(said));
      expect(new Set(ids).size).toBe(ids.length);
    },
  );
});

describe('qa', () => {
  test('plays what is asked for, and leaves a page, JUnit, JSON and a recording that can be played again', async () => {
    const { code, stdout } = await place.run(['qa', '--grep', 'qa-11', '--seed', '1', '--report', 'r']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('1 scenario: 1 passed')]);
    expect(fs.readdirSync(path.join(place.folder, 'r')).sort()).toEqual(files);
    const modes = files.map((file) => fs.statSync(path.join(place.folder, 'r', file)).mode & 0o777);
    expect(modes).toEqual(files.map(() => 0o600));
    expect(await place.run(['qa', '--replay', 'r/qa.recording.json'])).toMatchObject({
      code: 0,
      stdout: '1 scenario replayed, no difference\n',
    });
  });

  test('plays what any of several regular expressions fits, in any case', async () => {
    const grep = ['--grep', '^qa-11\\d', '--grep', 'CANCEL|made-up code', '--grep', 'QA-(030|950) '];
    const { stdout } = await place.run(['qa', '--list', '--json', ...grep]);
    const { scenarios } = JSON.parse(stdout) as { scenarios: { id: string }[] };
    expect(scenarios.map(({ id }) => id)).toEqual(['QA-030', 'QA-110', 'QA-950']);
  });

  test('prints a line as each scenario ends, to stderr where stdout is for JSON', async () => {
    const line = /^passed {4}QA-110 +\d\.\d s {2}A customer who presses Cancel/m;
    expect((await place.run(['qa', '--grep', 'QA-110'])).stdout).toMatch(line);
    const { stdout, stderr } = await place.run(['qa', '--grep', 'QA-110', '--json']);
    expect([stderr, JSON.parse(stdout)]).toEqual([expect.stringMatching(line), expect.objectContaining({ passed: 1 })]);
  });

  test.each([
    ['--junit', 'taken/x.xml', 'cannot write taken/x.xml (EEXIST)'],
    ['--junit', 'folder', 'cannot write folder (EISDIR)'],
    ['--report', 'taken/r', 'cannot write taken/r/qa.html (ENOTDIR)'],
    ['--report', 'full', 'cannot write full/qa.json (EISDIR)'],
  ])('says before it plays anything that %s %s cannot be written', async (option, target, message) => {
    fs.writeFileSync(path.join(place.folder, 'taken'), '');
    fs.mkdirSync(path.join(place.folder, 'folder'));
    fs.mkdirSync(path.join(place.folder, 'full', 'qa.json'), { recursive: true });
    const { code, stdout, stderr } = await place.run(['qa', option, target]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    expect(stderr).toContain(`name another ${option === '--junit' ? 'file' : 'folder'} with ${option}`);
  });

  test('makes the folder of a JUnit file', async () => {
    await place.run(['qa', '--grep', 'QA-110', '--junit', 'made/deep/qa.xml']);
    expect(fs.readFileSync(path.join(place.folder, 'made/deep/qa.xml'), 'utf8')).toContain('name="QA-110"');
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('ends after the scenario under way on %s, and writes all files', async (signal, exitCode) => {
    const qa = startProgram(place.folder, ['qa', '--seed', '1']);
    await lineOf(qa, /^passed/);
    qa.signal(signal);
    const { code, stdout } = await qa.ended;
    expect([code, stdout]).toEqual([
      exitCode,
      expect.stringMatching(/scenarios: \d+ passed, \d+ not run after the signal/),
    ]);
    const [page, json, junit, recording] = files.map((file) =>
      fs.readFileSync(path.join(place.folder, 'reports', file), 'utf8'),
    );
    const { passed, failed, notRun } = JSON.parse(json ?? '') as Record<string, number>;
    expect([failed, Number(passed) + Number(notRun)]).toEqual([0, readScenarios().length]);
    expect(passed).toBeLessThan(10);
    expect(junit).toContain(`failures="0" errors="0" skipped="${notRun}"`);
    expect(Object.keys((JSON.parse(recording ?? '') as { scenarios: object }).scenarios)).toHaveLength(passed ?? 0);
    expect(page).toContain(`${notRun} of ${readScenarios().length} scenarios were not run`);
  });

  test.each([
    ['a text that no scenario has', ['--grep', 'zzz'], 'no scenario has "zzz"'],
    ['what is no regular expression', ['--grep', '('], 'is no regular expression'],
    ['--live without a name', ['--live'], '--live takes the name of an environment'],
    ['a recording that does not exist', ['--replay', 'nothing.json'], 'cannot read nothing.json'],
    ['one recording to compare', ['--compare', 'one.json'], '--compare takes two recordings'],
    ['an environment that does not exist', ['--live', 'nobody'], 'there is no environment nobody'],
  ])('refuses %s', async (_, args, words) => {
    const { code, stderr } = await place.run(['qa', ...args]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
  });

  test('lists the scenarios, and those that Xero itself allows', async () => {
    const { stdout } = await place.run(['qa', '--list']);
    expect(stdout.trim().split('\n')).toHaveLength(readScenarios().length);
    expect(stdout).toMatch(/QA-910 {2}.* \(also --live\)/);
    const live = await place.run(['qa', '--list', '--live']);
    expect(live.stdout.trim().split('\n')).toHaveLength(readScenarios().filter(({ isLive }) => isLive).length);
    const json = await place.run(['qa', '--list', '--json']);
    expect(JSON.parse(json.stdout)).toEqual({
      scenarios: readScenarios().map(({ id, title, isLive }) => ({ id, title, isLive })),
    });
  });
});

describe('qa --live', () => {
  test.each([
    ['production', 'true'],
    ['stage', 'Production'],
  ])('refuses an environment whose row %s is %s, and sends nothing', async (key, value) => {
    const asked = xero.requests.length;
    const file = JSON.parse(xero.environment('web', 'acme', xero.connectedRows())) as { values: object[] };
    file.values.push({ key, value, type: 'default', enabled: true });
    place.write('acme', JSON.stringify(file));
    const { code, stderr } = await place.run(['qa', '--live', 'acme']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('acme is marked as production')]);
    expect(xero.requests.length).toBe(asked);
  });

  test('plays the scenarios for a demo company, uses its token only by the refresh transaction, and says what it left out', async () => {
    place.write('acme', xero.environment('web', 'acme'));
    const link = await place.run(['consent', 'acme', '--no-check']);
    await place.run(['exchange', 'acme'], { input: xero.consent(link.stdout.trim()) });
    const spent = xero.redemptions();
    const { stdout, stderr } = await place.run(['qa', '--live', 'acme', '--json', '--report', 'r']);
    const { scenarios, leftOut } = JSON.parse(stdout) as {
      scenarios: { id: string; outcome: string }[];
      leftOut: { id: string; why: string }[];
    };
    const live = readScenarios().filter(({ isLive }) => isLive);
    expect(scenarios.map(({ id }) => id)).toEqual(live.map(({ id }) => id));
    expect(leftOut).toHaveLength(readScenarios().length - live.length);
    expect(leftOut).toContainEqual({ id: 'QA-110', why: 'it plays a customer' });
    expect(xero.redemptions() - spent).toBe(1);
    expect(place.rows('acme')).toMatchObject({ generation: '2', refresh_started_at: '', grant_status: 'connected' });
    expect(xero.accepts(place.rows('acme')['refresh_token'] ?? '')).toBe(true);
    const written = files.map((file) => fs.readFileSync(path.join(place.folder, 'r', file), 'utf8'));
    expectNoSecret([stdout, stderr, ...written].join('\n'), xero.secrets, 'the run');
    expect(scenarios.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
  });
});
