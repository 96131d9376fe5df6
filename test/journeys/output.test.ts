import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeWorkplace, type Result, type Workplace } from '../support/program';
import { startXeroServer, type XeroServer } from '../support/servers/xero-server';

let xero: XeroServer;
let place: Workplace;

beforeAll(async () => {
  xero = await startXeroServer();
});
beforeEach(() => {
  place = makeWorkplace();
  place.write('acme', xero.environment('web', 'acme', xero.connectedRows()));
});
afterAll(() => xero.close());

/** Runs `evergrant WORDS`, a line for the shell. */
async function shell(words: string): Promise<Result> {
  const { PATH = '' } = process.env;
  const evergrant = `evergrant() { "${process.execPath}" "${path.resolve('dist/cli.js')}" "$@"; }`;
  const child = spawn('bash', ['-c', `${evergrant}; ${words}`], {
    cwd: place.folder,
    env: { PATH, HOME: place.folder },
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null]; // as Node documents
  return { code, ...said };
}

const lost = (code: string): string =>
  `evergrant: the results could not be written to stdout (${code})\n  → make room where they go, then run again; what was saved stays saved\n`;

describe.skipIf(process.platform !== 'linux')('results that a full disk does not take', () => {
  test.each([
    'token acme',
    'token acme --header',
    'status',
    'status --json',
    'log acme --json',
    'consent acme --no-check',
    'schedule cron',
    '--help',
    'refresh --help',
    '--version',
  ])('are a failure: %s', async (words) => {
    const { code, stderr } = await shell(`evergrant ${words} > /dev/full`);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(lost('ENOSPC')) });
  });

  test('are no success either where it takes a part of them', async () => {
    const { code, stderr } = await shell('ulimit -f 1; evergrant refresh --help > results');
    expect({ code, stderr }).toEqual({ code: 2, stderr: lost('EFBIG') });
    expect(fs.statSync(path.join(place.folder, 'results')).size).toBe(1024);
  });

  test('cost no token, and hide no worse outcome', async () => {
    expect(await shell('evergrant refresh acme --force > /dev/full')).toMatchObject({ code: 2 });
    expect(place.rows('acme')).toMatchObject({ generation: '2', refresh_started_at: '' });
    place.write('beta', xero.environment('web', 'beta', { ...xero.connectedRows(), grant_status: 'consent_needed' }));
    expect(await shell('evergrant refresh beta --force --json > /dev/full')).toMatchObject({ code: 3 });
  });
});

describe('a reader that leaves', () => {
  test('is no failure', async () => {
    const { code, stderr } = await shell('evergrant status --json | head -c 1 > /dev/null; exit ${PIPESTATUS[0]}');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

test('results that are written whole are a success', async () => {
  const { code } = await shell('evergrant refresh --help > results');
  expect(code).toBe(0);
  expect(fs.readFileSync(path.join(place.folder, 'results'), 'utf8')).toMatch(/^Usage: [\s\S]*\n$/);
});
