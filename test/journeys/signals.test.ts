import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeWorkplace, type Workplace } from '../support/program';
import { startProgram, type Running } from '../support/running';
import { answerWith, holdTokenRequest, startXeroServer, type XeroServer } from '../support/servers/xero-server';

let xero: XeroServer;
let place: Workplace;
const started: Running[] = [];

beforeAll(async () => {
  xero = await startXeroServer();
});

beforeEach(() => {
  place = makeWorkplace();
  connect('acme');
});

afterEach(async () => {
  for (const running of started) running.signal('SIGKILL');
  await Promise.all(started.splice(0).map(({ ended }) => ended));
  xero.forget();
  fs.rmSync(place.folder, { recursive: true });
});

afterAll(() => xero.close());

function connect(name: string): void {
  place.write(name, xero.environment('web', name, xero.connectedRows()));
}

function evergrant(...args: string[]): Running {
  const running = startProgram(place.folder, args);
  started.push(running);
  return running;
}

const lockFile = (name: string): string =>
  path.join(place.folder, 'environments/.evergrant', path.basename(place.fileOf(name)), 'lock');

/** Waits until a process has an environment's lock file open, as one that waits for the lock does. */
async function untilAtLock({ pid }: Running, name: string): Promise<void> {
  const lock = fs.realpathSync(lockFile(name));
  const isOpen = (): boolean =>
    fs.readdirSync(`/proc/${pid}/fd`).some((fd) => {
      try {
        return fs.readlinkSync(`/proc/${pid}/fd/${fd}`) === lock;
      } catch {
        return false; // closed meanwhile
      }
    });
  while (!isOpen()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** The environment holds a token that the server takes, newer than the first. */
function expectSaved(name: string, generation = '2'): void {
  const rows = place.rows(name);
  expect(rows).toMatchObject({ generation, refresh_started_at: '', grant_status: 'connected' });
  expect(xero.accepts(rows['refresh_token'] ?? '')).toBe(true);
}

describe.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s while the answer is under way', (signal) => {
  test('ends the process after it has saved the new tokens', async () => {
    const held = holdTokenRequest(xero);
    const running = evergrant('refresh', 'acme', '--force');
    await held.arrived;
    running.signal(signal);
    held.answer();
    expect((await running.ended).code).not.toBeNull();
    expectSaved('acme');
    expect(await place.run(['refresh', 'acme'])).toMatchObject({ code: 0, stdout: expect.stringContaining('not due') });
  });
});

describe('a signal while the answer is under way', () => {
  test('leaves the environments after it alone, and the exit code says that not all was done', async () => {
    connect('beta');
    const held = holdTokenRequest(xero);
    const running = evergrant('refresh', '--all', '--force', '--no-jitter', '--concurrency', '1');
    await held.arrived;
    running.signal('SIGTERM');
    held.answer();
    const { code } = await running.ended;
    expectSaved('acme');
    expect(place.rows('beta')).toMatchObject({ generation: '1', refresh_started_at: '' });
    expect(code).toBe(143);
  });

  test('given twice ends the process at once, and the next run recovers with the same token', async () => {
    const { refresh_token: first } = place.rows('acme');
    const held = holdTokenRequest(xero);
    const running = evergrant('refresh', 'acme', '--force');
    await held.arrived;
    running.signal('SIGTERM');
    running.signal('SIGINT');
    const { code } = await running.ended;
    expect([143, 130]).toContain(code);
    expect(place.rows('acme')).toMatchObject({ refresh_token: first, refresh_started_at: expect.stringMatching(/Z$/) });
    held.answer(); // to nobody: the token is used up, its answer lost
    expect(await place.run(['refresh', 'acme'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('refreshed'),
    });
    expect(xero.requests.at(-1)?.form['refresh_token']).toBe(first);
    expectSaved('acme');
  });

  test('of an exchange ends the process after it has saved the tokens of the code', async () => {
    const link = await place.run(['consent', 'acme', '--no-check']);
    const held = holdTokenRequest(xero);
    const running = startProgram(place.folder, ['exchange'], { input: xero.consent(link.stdout.trim()) });
    started.push(running);
    await held.arrived;
    running.signal('SIGTERM');
    held.answer();
    await running.ended;
    expectSaved('acme');
  });
});

describe.skipIf(process.platform !== 'linux')('a signal while another process holds the environment', () => {
  test('ends the waiting process at once: it has sent nothing, and the other one saves', async () => {
    const held = holdTokenRequest(xero);
    const holder = evergrant('refresh', 'acme', '--force');
    await held.arrived;
    const waiting = evergrant('refresh', 'acme', '--force', '--wait', '10m');
    await untilAtLock(waiting, 'acme');
    const asked = xero.requests.length;
    waiting.signal('SIGTERM');
    expect(await waiting.ended).toEqual({ code: 143, stdout: '', stderr: '' });
    held.answer();
    expect((await holder.ended).code).toBe(0);
    expect(xero.requests.length).toBe(asked);
    expectSaved('acme');
  });
});

describe('a signal while a process backs off', () => {
  test('ends it long before the end of --patience, and the next run refreshes', async () => {
    const unavailable = answerWith(503, '');
    const answered = new Promise<void>((resolve) =>
      xero.next('token', (request, response, answer) => {
        response.once('finish', resolve);
        unavailable(request, response, answer);
      }),
    );
    xero.next('token', ...Array.from({ length: 100 }, () => unavailable));
    const running = evergrant('refresh', 'acme', '--force', '--patience', '20m');
    await answered;
    running.signal('SIGTERM');
    const { code } = await running.ended; // long before 20 minutes, else this test is out of time
    expect([143, 4]).toContain(code);
    xero.forget();
    expect(await place.run(['refresh', 'acme', '--force'])).toMatchObject({ code: 0 });
    expectSaved('acme');
  });
});

describe('a reader that goes away', () => {
  test.each(['stdout', 'stderr'] as const)('from %s costs no environment its refresh', async (stream) => {
    for (const name of ['beta', 'gamma']) connect(name);
    place.write('bad', '{'); // which is said on stderr, between acme and beta
    const held = holdTokenRequest(xero);
    const running = evergrant('refresh', '--all', '--force', '--no-jitter', '--concurrency', '1');
    await held.arrived;
    running[stream].destroy();
    await once(running[stream], 'close');
    held.answer();
    await running.ended;
    for (const name of ['acme', 'beta', 'gamma']) expectSaved(name);
  });
});
