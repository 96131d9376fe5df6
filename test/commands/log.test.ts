import fs from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fingerprint } from '../../scripts/text/fingerprint';
import { expectNoSecret, expectNoSecretInFiles } from '../support/leaks';
import { makeWorkplace, type Result, type Workplace } from '../support/program';
import { answerWith, loseAnswer, startXeroServer, type XeroServer } from '../support/servers/xero-server';

let xero: XeroServer;
let place: Workplace;

beforeAll(async () => void (xero = await startXeroServer()));
afterEach(() => expectNoSecretInFiles(place.folder, xero.secrets));
afterAll(() => xero.close());

beforeEach(() => {
  xero.forget();
  place = makeWorkplace();
  place.write('acme', xero.environment('web', 'acme', xero.connectedRows()));
});

async function evergrant(...args: string[]): Promise<Result> {
  const result = await place.run(args);
  expectNoSecret(result.stdout + result.stderr, xero.secrets, args[0] ?? '');
  return result;
}

const log = (): string => path.join(place.folder, 'environments/.evergrant/log.jsonl');

function lines(): Record<string, unknown>[] {
  return fs
    .readFileSync(log(), 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

const held = (): string => fingerprint(place.rows('acme')['refresh_token'] ?? '');

const oauthError = (status: number, error: string): ReturnType<typeof answerWith> =>
  answerWith(status, JSON.stringify({ error }));

test('an attempt is a line with the fingerprints of its tokens and the correlation id', async () => {
  const before = held();
  const id = '0d1e4c4e-0000-4000-8000-c0ffee000001';
  xero.next('token', (_request, response, answer) => {
    response.setHeader('Xero-Correlation-Id', id);
    answer();
  });
  await evergrant('refresh', 'acme', '--force');
  const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;
  const durationMs = expect.any(Number) as number;
  const known = {
    environment: 'acme',
    outcome: 'refreshed',
    tries: 1,
    status: 200,
    correlation: id,
    error: null,
    moved: null,
  };
  expect(lines()).toEqual([{ at, durationMs, generation: 2, before, after: held(), ...known }]);
});

describe('the log has', () => {
  test('a line for a lost answer, an error, a refusal of the app, and the end of a grant', async () => {
    const names = ['lost', 'error', 'refusal', 'end'];
    for (const name of names) place.write(name, xero.environment('web', name, xero.connectedRows()));
    const answers = [answerWith(503, ''), oauthError(401, 'invalid_client'), oauthError(400, 'invalid_grant')];
    xero.next('token', loseAnswer, ...answers);
    await evergrant('refresh', ...names, '--force', '--concurrency', '1', '--patience', '1ms');
    const before = names.map((name) => fingerprint(place.rows(name)['refresh_token'] ?? ''));
    const unanswered = { outcome: 'temporary_failure', error: { code: 'not_answering' } };
    expect(lines()).toMatchObject([
      { environment: 'lost', before: before[0], after: null, status: null, ...unanswered },
      { environment: 'error', before: before[1], after: null, status: 503, ...unanswered },
      { environment: 'refusal', outcome: 'refused', before: before[2], status: 401, error: { code: 'invalid_client' } },
      {
        environment: 'end',
        outcome: 'consent_needed',
        before: before[3],
        status: 400,
        error: { code: 'invalid_grant' },
      },
    ]);
  });

  test('a line for the refresh that token, exec or connections needs', async () => {
    for (const args of [['token'], ['exec'], ['connections']]) {
      const rows = { ...place.rows('acme'), access_token_expires_at: new Date(0).toISOString() };
      place.write('acme', xero.environment('web', 'acme', rows));
      const after = args[0] === 'exec' ? ['--', 'true'] : [];
      await place.run([...args, 'acme', ...after]);
    }
    expect(lines().map(({ outcome }) => outcome)).toEqual(['refreshed', 'refreshed', 'refreshed']);
  });

  test('no line for a run that sends nothing: not due, known to be over, never connected', async () => {
    const over = { ...xero.connectedRows(), grant_status: 'consent_needed' };
    place.write('over', xero.environment('web', 'over', over));
    place.write('never', xero.environment('web', 'never'));
    await evergrant('refresh', '--all', '--no-jitter');
    expect(fs.existsSync(log())).toBe(false);
  });

  test('no correlation id that could be something else', async () => {
    const token = 'c0ffee00c0ffee00c0ffee00';
    const ids = [token, token.slice(2, 20), 'with spaces in it', 'short'];
    const names = ids.map((_, at) => `odd-${at}`);
    for (const name of names) {
      place.write(name, xero.environment('web', name, { ...xero.connectedRows(), refresh_token: token }));
    }
    xero.next('token', ...ids.map((id) => answerWith(503, '', { 'xero-correlation-id': id })));
    await evergrant('refresh', ...names, '--force', '--patience', '1ms');
    expect(lines().map(({ status, correlation }) => [status, correlation])).toEqual(ids.map(() => [503, null]));
  });
});

describe('log', () => {
  const forgetKept = (): void => {
    const folder = path.join(path.dirname(place.fileOf('acme')), '.evergrant', path.basename(place.fileOf('acme')));
    for (const name of fs.readdirSync(folder).filter((one) => one.startsWith('generation-')))
      fs.rmSync(path.join(folder, name));
  };

  test('blames no other program when many processes asked for a token at once', async () => {
    const rows = { ...place.rows('acme'), access_token_expires_at: '2026-01-01T00:00:00.000Z' };
    place.write('acme', xero.environment('web', 'acme', rows));
    const asked = Array.from({ length: 8 }, () => place.run(['token', 'acme', '--wait', '60s']));
    expect((await Promise.all(asked)).map(({ code }) => code)).toEqual(asked.map(() => 0));
    expect((await evergrant('log', 'acme')).stdout).not.toContain('which no command put there');
    expect(lines().map(({ outcome }) => outcome)[0]).toBe('refreshed');
  });

  test('prints the history, in words or as JSON', async () => {
    const first = fs.readFileSync(place.fileOf('acme'), 'utf8');
    await evergrant('refresh', 'acme', '--force');
    await evergrant('refresh', 'acme', '--force');
    const last = held();
    place.write('acme', first);
    forgetKept(); // else the newest kept token takes the old one's place
    xero.next('token', oauthError(400, 'invalid_grant'));
    expect(await evergrant('refresh', 'acme', '--force')).toMatchObject({ code: 3 });
    const { stdout, stderr, code } = await evergrant('log', 'acme');
    const [day, refreshed, foreign, refused, ...rest] = stdout.split('\n');
    expect([code, rest, stderr]).toEqual([0, [''], '']);
    expect(day).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(refreshed).toMatch(new RegExp(`^ {2}[\\d:–]+ +refreshed 2 times; now token ${last}$`));
    expect(foreign).toMatch(new RegExp(`it held token ${held()} again, .*: an older copy had been put back$`));
    expect(refused).toMatch(new RegExp(`refused; token ${held()} had been used already: this was an older copy`));
    const { attempts } = JSON.parse((await evergrant('log', 'acme', '--json')).stdout) as { attempts: object[] };
    expect(attempts).toEqual(lines());
  });

  test('prints what people did, too', async () => {
    const { stdout } = await evergrant('consent', 'acme', '--no-check');
    await place.run(['exchange'], { input: xero.consent(stdout.trim()) });
    expect(await evergrant('restore', 'acme')).toMatchObject({ code: 0 });
    expect(await evergrant('revoke', 'acme')).toMatchObject({ code: 0 });
    const history = (await evergrant('log', 'acme')).stdout;
    expect(history).toMatch(
      /connected by a consent; now token [\s\S]*kept tokens put back; now[\s\S]*disconnected at Xero/,
    );
  });

  test('prints nothing for an environment that was never refreshed, and refuses one that does not exist', async () => {
    expect(await evergrant('log', 'acme')).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
    expect(await evergrant('log', 'birch')).toMatchObject({ code: 2, stdout: '' });
  });

  test('is where status takes its last outcome from', async () => {
    await evergrant('refresh', 'acme', '--force');
    const { environments } = JSON.parse((await evergrant('status', '--json')).stdout) as { environments: object[] };
    expect(environments).toMatchObject([
      { environment: 'acme', lastOutcome: 'refreshed', lastAttemptAt: lines()[0]?.['at'] },
    ]);
    expect((await evergrant('status')).stdout).toMatch(/refreshed \d+ s ago/);
  });
});
