import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readScenarios } from '../../scripts/qa/play/read-scenarios';
import { expectNoSecret } from '../support/leaks';
import { makeWorkplace, type Workplace } from '../support/program';
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
  test('has as many scenarios as the README says, 45 at the least, each with an id of its own', () => {
    const ids = readScenarios().map(({ id }) => id);
    const said = /plays (\d+) authorisation flows/.exec(fs.readFileSync('README.md', 'utf8'))?.[1];
    expect(String(ids.length)).toBe(said);
    expect(ids.length).toBeGreaterThanOrEqual(45);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('qa', () => {
  test('plays what is asked for, and leaves a page, JUnit, JSON and a recording that can be played again', async () => {
    const { code, stdout } = await place.run(['qa', '--grep', 'qa-11', '--seed', '1', '--report', 'r']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('1 scenarios: 1 passed')]);
    expect(fs.readdirSync(path.join(place.folder, 'r')).sort()).toEqual(files);
    const modes = files.map((file) => fs.statSync(path.join(place.folder, 'r', file)).mode & 0o777);
    expect(modes).toEqual(files.map(() => 0o600));
    expect(await place.run(['qa', '--replay', 'r/qa.recording.json'])).toMatchObject({
      code: 0,
      stdout: '1 scenarios replayed, no difference\n',
    });
  });

  test.each([
    ['a text that no scenario has', ['--grep', 'zzz'], 'no scenario has "zzz"'],
    ['a recording that is not there', ['--replay', 'nothing.json'], 'cannot read nothing.json'],
    ['one recording to compare', ['--compare', 'one.json'], '--compare takes two recordings'],
    ['an environment that is not there', ['--live', 'nobody'], 'there is no environment nobody'],
  ])('refuses %s', async (_, args, words) => {
    const { code, stderr } = await place.run(['qa', ...args]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
  });

  test('lists what there is, and what Xero itself can bear', async () => {
    const { stdout } = await place.run(['qa', '--list']);
    expect(stdout.trim().split('\n')).toHaveLength(readScenarios().length);
    expect(stdout).toMatch(/QA-910 {2}.* \(also --live\)/);
  });
});

describe('qa --live', () => {
  test.each([
    ['production', 'true'],
    ['stage', 'Production'],
  ])('refuses an environment whose row %s says %s, and asks nobody', async (key, value) => {
    const asked = xero.requests.length;
    const file = JSON.parse(xero.environment('web', 'acme', xero.connectedRows())) as { values: object[] };
    file.values.push({ key, value, type: 'default', enabled: true });
    place.write('acme', JSON.stringify(file));
    const { code, stderr } = await place.run(['qa', '--live', 'acme']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('acme is marked as production')]);
    expect(xero.requests.length).toBe(asked);
  });

  test('plays what a demo company bears, spends its token by the refresh transaction alone, and says what it left out', async () => {
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
