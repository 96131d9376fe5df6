import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeWorkplace, type Workplace } from '../support/program';
import { firstLineOf, startProgram } from '../support/running';
import { startXeroServer, type XeroServer } from '../support/servers/xero-server';

let xero: XeroServer;
let place: Workplace;

beforeAll(async () => {
  xero = await startXeroServer();
});
afterAll(() => xero.close());
beforeEach(() => {
  place = makeWorkplace();
  place.write('acme', xero.environment('web', 'acme', { ...xero.connectedRows(), tenant_id: 'the-tenant' }));
});

const node = (script: string): string[] => ['exec', 'acme', '--', process.execPath, '-e', script];

describe('exec', () => {
  test('gives the command a valid access token and its tenant, and nothing else of the connection', async () => {
    const { code, stdout } = await place.run(node('console.log(JSON.stringify([process.env, process.argv]))'));
    const rows = place.rows('acme');
    expect(code).toBe(0);
    const [variables] = JSON.parse(stdout) as [object];
    expect(variables).toMatchObject({
      XERO_ACCESS_TOKEN: rows['access_token'],
      XERO_TENANT_ID: 'the-tenant',
    });
    for (const key of ['refresh_token', 'client_secret']) expect(stdout).not.toContain(rows[key]);
  });

  test('passes on no secret of its own', async () => {
    const rows = place.rows('acme');
    const variables = {
      XERO_CLIENT_SECRET: 'given-in-the-environment',
      XERO_CLIENT_SECRET_PREVIOUS: 'the-one-before',
      EVERGRANT_KEY: 'a-key',
      COPY: `again: ${rows['client_secret']}`,
      MINE: 'harmless',
    };
    const { stdout } = await place.run(node('console.log(JSON.stringify(process.env))'), { variables });
    const { MINE, XERO_ACCESS_TOKEN, ...others } = JSON.parse(stdout) as NodeJS.ProcessEnv;
    expect([MINE, XERO_ACCESS_TOKEN]).toEqual(['harmless', rows['access_token']]);
    expect(Object.keys(variables).filter((name) => name in others)).toEqual([]);
  });

  test.each([0, 1, 3, 77])('ends with the exit code of the command: %i', async (code) => {
    expect((await place.run(node(`process.exit(${code})`))).code).toBe(code);
  });

  test('refuses an empty word, and says who can mend a file that may not be run', async () => {
    expect(await place.run(['exec', 'acme', ''])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the command is an empty word\n'),
    });
    const file = path.join(place.folder, 'not executable');
    fs.writeFileSync(file, '', { mode: 0o644 });
    const stderr = `evergrant: cannot run ${file} (EACCES)\n  → let this user run it: chmod u+x '${file}'\n`;
    expect(await place.run(['exec', 'acme', file])).toMatchObject({ code: 126, stderr });
  });

  test('ends with 128 and the number of the signal that ended the command', async () => {
    expect((await place.run(node("process.kill(process.pid, 'SIGKILL')"))).code).toBe(137);
  });

  test('passes its signals on, and lets the command end in its own way', async () => {
    const script = "process.on('SIGTERM', () => process.exit(5)); console.log('ready'); setInterval(() => {}, 1000)";
    const running = startProgram(place.folder, node(script));
    expect(await firstLineOf(running)).toBe('ready');
    running.signal('SIGTERM');
    expect((await running.ended).code).toBe(5);
  });

  test('names a command that does not exist', async () => {
    const { code, stderr } = await place.run(['exec', 'acme', '--', 'no-such-command']);
    expect([code, stderr]).toEqual([127, expect.stringContaining('cannot run no-such-command')]);
  });

  const echo = [process.execPath, '-p', 'process.argv.slice(1).join()'];

  test.each<[string, string[], string]>([
    ['with --', ['acme', '--', ...echo, '--', '--patience', 'x'], '--patience,x'],
    ['without --', ['acme', ...echo, 'one', 'two'], 'one,two'],
    ['after options', ['--patience', '5s', 'acme', ...echo, 'one'], 'one'],
    ['after options behind the name', ['acme', '--patience', '5s', '--wait=1s', ...echo, 'one'], 'one'],
    ['after a folder', ['acme', '--environments', 'environments', ...echo, 'one'], 'one'],
    ['with a -- of its own', ['acme', ...echo, '--', '--one', '--', 'two'], '--one,--,two'],
  ])('runs a command %s', async (_, words, said) => {
    expect(await place.run(['exec', ...words])).toEqual({ code: 0, stdout: `${said}\n`, stderr: '' });
  });

  test.each(['--version', '-v', '--help', '-h'])('leaves %s behind the command to it', async (flag) => {
    const { stdout, stderr } = await place.run(['exec', 'acme', process.execPath, flag]);
    expect({ isNodes: /^v\d+\.|^Usage: node /.test(stdout), stderr }).toEqual({ isNodes: true, stderr: '' });
  });

  test('leaves flags behind the command to it that this program has, too', async () => {
    const words = [...echo, '--', '--environments', 'nowhere', '--min-validity', 'never', '--bogus'];
    const { stdout } = await place.run(['exec', 'acme', ...words]);
    expect(stdout).toBe('--environments,nowhere,--min-validity,never,--bogus\n');
  });

  test('is not given the name of a command as a folder’s', async () => {
    expect(await place.run(['exec', '--bogus', 'acme', ...echo])).toMatchObject({ code: 2, stdout: '' });
  });

  test('does not start the command without a token', async () => {
    place.write('acme', xero.environment('web', 'acme'));
    const { code, stdout } = await place.run(node("console.log('started')"));
    expect([code, stdout]).toEqual([3, '']);
  });
});
