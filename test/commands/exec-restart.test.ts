import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connectAt, setRows } from '../support/connected-at';
import { makeWorkplace, type Workplace } from '../support/program';
import { startProgram, type Running } from '../support/running';
import { startSandboxProcess, type SandboxProcess } from '../support/sandbox';

let sandbox: SandboxProcess;
let place: Workplace;

beforeAll(async () => {
  sandbox = await startSandboxProcess();
});
afterAll(() => sandbox.stop());
beforeEach(async () => {
  await sandbox.clearFaults();
  place = makeWorkplace();
  await connectAt(sandbox, place, 'acme');
});

const soon = (ms: number): string => new Date(Date.now() + ms).toISOString();

/** A command that notes each of its starts, and how it was ended, in a file. */
const command = `
  const fs = require('node:fs');
  const note = (what) => fs.appendFileSync('noted', what + '\\n');
  note('token ' + process.env.XERO_ACCESS_TOKEN);
  process.on('SIGTERM', () => { note('SIGTERM'); process.exit(5); });
  setInterval(() => fs.existsSync('end') && process.exit(9), 50);`;

function start(flags: readonly string[], script = command): Running {
  return startProgram(place.folder, ['exec', '--restart', ...flags, 'acme', process.execPath, '-e', script]);
}

function noted(): string[] {
  const file = path.join(place.folder, 'noted');
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim().split('\n') : [];
}

const token = (): string => `token ${place.rows('acme')['access_token']}`;

/** Waits until the command has noted as many lines. */
async function linesNoted(count: number): Promise<string[]> {
  await expect.poll(() => noted().length, { timeout: 60_000 }).toBeGreaterThanOrEqual(count);
  return noted();
}

describe('exec --restart', () => {
  test('starts the command anew when another process has renewed the token, and ends with its code', async () => {
    const [running, first] = [start([]), token()];
    await linesNoted(1);
    expect(await place.run(['refresh', 'acme', '--force'])).toMatchObject({ code: 0 });
    expect(await linesNoted(3)).toEqual([first, 'SIGTERM', token()]);
    expect(first).not.toBe(token());
    fs.writeFileSync(path.join(place.folder, 'end'), '');
    expect(await running.ended).toEqual({ code: 9, stdout: '', stderr: '' });
  });

  test('renews the token by itself before it expires', async () => {
    setRows(place, 'acme', { access_token_expires_at: soon(8000) });
    const [running, first] = [start(['--min-validity', '4s']), token()];
    expect(await linesNoted(3)).toEqual([first, 'SIGTERM', token()]);
    expect(place.rows('acme')).toMatchObject({ generation: '2', refresh_started_at: '' });
    running.signal('SIGTERM');
    expect((await running.ended).code).toBe(5);
  });

  test('kills a command that does not end within --grace', async () => {
    const deaf = `${command} process.removeAllListeners('SIGTERM'); process.on('SIGTERM', () => note('deaf'));`;
    const running = start(['--grace', '1s'], deaf);
    await linesNoted(1);
    await place.run(['refresh', 'acme', '--force']);
    expect((await linesNoted(3)).slice(1)).toEqual(['deaf', token()]);
    fs.writeFileSync(path.join(place.folder, 'end'), '');
    expect((await running.ended).code).toBe(9);
  });

  test('keeps the command while Xero does not answer, and renews when it does again', async () => {
    await sandbox.fault({ on: 'token', fault: 'status', status: 503, times: 50 });
    setRows(place, 'acme', { access_token_expires_at: soon(6000) });
    const [running, first] = [start(['--min-validity', '5s', '--patience', '1s']), token()];
    await expect.poll(() => running.said(), { timeout: 60_000 }).toContain('HTTP 503');
    await new Promise((resolve) => setTimeout(resolve, 6000)); // the token's end passes
    expect(noted()).toEqual([first]);
    await sandbox.clearFaults();
    expect(await linesNoted(3)).toEqual([first, 'SIGTERM', token()]);
    running.signal('SIGTERM');
    const { code, stderr } = await running.ended;
    expect([code, stderr.match(/HTTP 503/g)]).toEqual([5, ['HTTP 503']]);
  });

  test('ends the command with 3 once its token has expired and the consent is gone', async () => {
    setRows(place, 'acme', { access_token_expires_at: soon(6000), grant_status: 'connected' });
    const running = start(['--min-validity', '2s']);
    await linesNoted(1);
    setRows(place, 'acme', { grant_status: 'consent_needed' });
    const { code, stderr } = await running.ended;
    expect([code, noted().slice(1)]).toEqual([3, ['SIGTERM']]);
    expect(stderr).toMatch(/acme needs consent/);
  });

  test('is refused where it has no sense', async () => {
    const { code, stderr } = await place.run(['exec', '--grace', '5s', 'acme', 'true']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--grace is for --restart')]);
  });
});
