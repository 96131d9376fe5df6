import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { recordSteps, runWith } from '../../proofs/support/stepped-program';
import { expectNoSecret } from '../../support/leaks';
import { makeWorkplace, type Workplace } from '../../support/program';
import { projectFolder } from '../../support/project';
import { refusal } from '../../support/refusal';
import { startXeroServer, type XeroServer } from '../../support/servers/xero-server';
import { isWithoutTerminal, startOnTerminal } from '../../support/terminal';

let xero: XeroServer;
let place: Workplace;
let rows: Record<string, string>;

beforeAll(async () => {
  xero = await startXeroServer();
});
afterAll(() => xero.close());

beforeEach(() => {
  place = makeWorkplace();
  rows = { ...xero.connectedRows(), tenant_id: 'the-tenant', tenant_name: 'Maple Bakery' };
  place.write('acme', xero.environment('web', 'acme', rows));
});

const handOver = ['export', 'acme', '--for-postman'];
const textOf = (name: string): string => fs.readFileSync(place.fileOf(name), 'utf8');

describe('for looking', () => {
  test('it is a Postman environment without any secret, and the connection stays', async () => {
    const before = textOf('acme');
    const { code, stdout, stderr } = await place.run(['export', 'acme']);
    expectNoSecret(stdout, xero.secrets, 'export');
    const { name, values } = JSON.parse(stdout) as { name: string; values: { key: string; value: string }[] };
    const shown = Object.fromEntries(values.map(({ key, value }) => [key, value]));
    expect({ code, stderr, name, ...shown }).toMatchObject({
      ...{ code: 0, stderr: '', name: 'acme' },
      ...{ tenant_name: 'Maple Bakery', access_token: '', refresh_token: '', client_secret: '' },
    });
    expect(textOf('acme')).toBe(before);
  });

  test('a secret that stands in a wrong row is taken out, too', async () => {
    place.write('acme', xero.environment('web', 'acme', { ...rows, tenant_name: rows['refresh_token'] ?? '' }));
    expectNoSecret((await place.run(['export', 'acme'])).stdout, xero.secrets, 'export');
  });

  test('--output makes a file for this user alone, and never overwrites one', async () => {
    expect(await place.run(['export', 'acme', '--output', 'a.json'])).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(fs.statSync(path.join(place.folder, 'a.json')).mode & 0o777).toBe(0o600);
    expect(await place.run([...handOver, '--output', 'a.json'])).toMatchObject(refusal(2, /there already/, /another/));
    expect(place.rows('acme')['refresh_token']).toBe(rows['refresh_token']);
  });
});

describe('handed over', () => {
  test('it moves to another machine in two commands, and only that one refreshes it', async () => {
    const other = makeWorkplace();
    const exported = await place.run(handOver);
    expect(exported).toMatchObject({ code: 0, stderr: expect.stringContaining('acme is handed over') });
    expect(await other.run(['adopt', 'acme', '-'], { input: exported.stdout })).toMatchObject({ code: 0 });
    expect(other.rows('acme')).toMatchObject({ refresh_token: rows['refresh_token'], tenant_name: 'Maple Bakery' });
    expect(other.rows('acme')['handed_over_at'] ?? '').toBe('');
    const spent = xero.redemptions();
    expect(await place.run(['refresh', '--all', '--force', '--no-jitter'])).toEqual({
      code: 0,
      stdout: '',
      stderr: expect.stringMatching(
        /^note: every environment in .* was handed over: nothing is refreshed from there\n/,
      ),
    });
    expect(await place.run(['token', 'acme'])).toMatchObject({ code: 2, stdout: '' });
    expect(xero.redemptions()).toBe(spent);
    expect(await other.run(['refresh', 'acme', '--force'])).toMatchObject({ code: 0 });
    const { stdout } = await place.run(['status', '--json']);
    expect((JSON.parse(stdout) as { environments: object[] }).environments).toMatchObject([{ detail: 'moved' }]);
    expect(place.rows('acme')).toMatchObject({
      access_token: '',
      refresh_token: '',
      handed_over_at: expect.stringMatching(/Z$/),
    });
    expect((await place.run(['log', 'acme'])).stdout).toContain('handed over');
  });

  test('it comes back as it went', async () => {
    const other = makeWorkplace();
    await other.run(['adopt', 'acme', '-'], { input: (await place.run(handOver)).stdout });
    await other.run(['refresh', 'acme', '--force']);
    const back = await other.run(handOver);
    expect(await place.run(['adopt', 'acme', '-'], { input: back.stdout })).toMatchObject({ code: 0 });
    expect(place.rows('acme')).toMatchObject({ handed_over_at: '', grant_status: 'connected' });
    expect(await place.run(['refresh', 'acme', '--force'])).toMatchObject({ code: 0 });
  });

  test('what nobody has taken is taken back by restore', async () => {
    await place.run(['refresh', 'acme', '--force']);
    const { refresh_token: held } = place.rows('acme');
    await place.run(handOver);
    expect(await place.run(handOver)).toMatchObject(
      refusal(2, /acme was handed over at/, /npx evergrant restore acme/),
    );
    expect(await place.run(['restore', 'acme'])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('make sure that nobody else refreshes it'),
    });
    expect(place.rows('acme')).toMatchObject({ refresh_token: held, handed_over_at: '' });
    expect(await place.run(['refresh', 'acme', '--force'])).toMatchObject({ code: 0 });
  });

  test('an older copy of the file that is put back is not refreshed: what is kept says that it has moved', async () => {
    const older = textOf('acme');
    await place.run(['refresh', 'acme', '--force']);
    await place.run(handOver);
    place.write('acme', older);
    const spent = xero.redemptions();
    expect(await place.run(['refresh', 'acme', '--force'])).toMatchObject(
      refusal(2, /acme was handed over/, /adopt acme/),
    );
    expect(xero.redemptions()).toBe(spent);
  });

  test('a file of support staff that was copied here is used, although they have handed it over', async () => {
    place.write('acme', xero.environment('web', 'acme', { ...rows, handed_over_at: '2026-11-22T10:00:00.000Z' }));
    place.write('birch', xero.environment('web', 'birch', { ...xero.connectedRows(), handed_over_at: '2026-11-22' }));
    expect(await place.run(['refresh', 'acme', '--force'])).toMatchObject({ code: 0 });
    expect(await place.run(['refresh', '--all', '--force', '--no-jitter'])).toMatchObject({ code: 0 });
  });

  test('a new consent makes it this machine’s again', async () => {
    await place.run(handOver);
    const link = (await place.run(['consent', 'acme', '--no-check'])).stdout.trim();
    expect(await place.run(['exchange', xero.consent(link, { tenantId: 'the-tenant' })])).toMatchObject({ code: 0 });
    expect(place.rows('acme')).toMatchObject({ handed_over_at: '', grant_status: 'connected' });
  });

  test.each<[string, Record<string, string>, number, RegExp, RegExp]>([
    ['that is over', { grant_status: 'consent_needed' }, 2, /holds no connection/, /npx evergrant export acme/],
    ['that was never made', { refresh_token: '', access_token: '' }, 2, /holds no connection/, /export acme/],
    ['that is interrupted', { refresh_started_at: '2026-11-22T10:00:00Z' }, 4, /was cut off/, /refresh acme/],
    ['of its own kind', { app_type: 'custom_connection' }, 2, /custom connection/, /npx evergrant init acme/],
  ])('a connection %s is refused, and stays', async (_, more, code, message, hint) => {
    place.write('acme', xero.environment('web', 'acme', { ...rows, ...more }));
    const before = textOf('acme');
    expect(await place.run(handOver)).toMatchObject({ ...refusal(code, message, hint), stdout: '' });
    expect(textOf('acme')).toBe(before);
  });

  test.each([
    ['is closed', '"$@" >&-', 2],
    ['has no reader any more', '{ sleep 1; "$@"; echo "ended with $?" >&2; } | true', 0],
  ])('while standard output %s, the connection stays, and what to do is said', (_, script, code) => {
    const cli = path.join(projectFolder(), 'dist/cli.js');
    const args = ['-c', script, 'sh', process.execPath, cli, ...handOver];
    const { status, stderr } = spawnSync('sh', args, { cwd: place.folder, encoding: 'utf8' });
    expect([status, stderr]).toEqual([
      code,
      expect.stringMatching(/standard output did not take it .*, and nothing was changed\n {2}→ .*--output FILE/),
    ]);
    if (code === 0) expect(stderr).toContain('ended with 2');
    expect(place.rows('acme')['refresh_token']).toBe(rows['refresh_token']);
    expect(place.rows('acme')['handed_over_at'] ?? '').toBe('');
  });

  test('says how the file is taken over', async () => {
    expect(await place.run([...handOver, '--output', 'acme moved.json'])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("npx evergrant adopt acme 'acme moved.json'"),
    });
  });

  test('a file that can’t be written leaves the connection where it is', async () => {
    expect(await place.run([...handOver, '--output', 'nowhere/a.json'])).toMatchObject(refusal(2, /ENOENT/, /folder/));
    expect(place.rows('acme')['refresh_token']).toBe(rows['refresh_token']);
  });

  test('killed at any step, the tokens are here or in the file, and never lost', async () => {
    const args = [...handOver, '--output', 'out.json'];
    const { steps } = await recordSteps(place.folder, args);
    const writing = steps.flatMap(({ writes }, at) => (writes ? [at + 1] : []));
    expect(writing.length).toBeGreaterThan(8);
    for (const step of writing) {
      const one = makeWorkplace();
      one.write('acme', xero.environment('web', 'acme', rows));
      const token = rows['refresh_token'] ?? '';
      await runWith({ kill: { step, side: 'before' } }, one.folder, args);
      const isHere = one.rows('acme')['refresh_token'] === token;
      const file = path.join(one.folder, 'out.json');
      const isThere = fs.existsSync(file) && fs.readFileSync(file, 'utf8').includes(JSON.stringify(token).slice(1, -1));
      expect([step, isHere || isThere]).toEqual([step, true]);
      if (isHere) continue;
      expect([step, (await one.run(['restore', 'acme'])).code]).toEqual([step, 0]);
      expect([step, one.rows('acme')['refresh_token']]).toEqual([step, token]);
    }
  }, 120_000);
});

describe.skipIf(isWithoutTerminal)('on a terminal', () => {
  test('tokens are shown only to somebody who says so', async () => {
    const terminal = startOnTerminal(place.folder, handOver, { columns: 100, lines: 20 });
    await terminal.shows('[y/N]');
    terminal.type('n\r');
    const { code, screen } = await terminal.ended;
    expectNoSecret(screen, xero.secrets, 'export');
    expect([code, place.rows('acme')['refresh_token']]).toEqual([2, rows['refresh_token']]);
  });
});
