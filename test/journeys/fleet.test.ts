import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { canaryEnvironment, canaryName, type AppType } from '../support/canary-environment';
import { makeWorkplace, type Workplace } from '../support/program';
import { startProgram } from '../support/running';
import { startCanaryServer, type CanaryServer, type Treatment } from '../support/servers/canary-server';

let server: CanaryServer;
let place: Workplace;

beforeEach(async () => {
  server = await startCanaryServer(20);
  place = makeWorkplace();
});
afterEach(() => server.close());

const nameOf = canaryName;

/** An environment that is due; each of its values says whose it is. `lacking` rows are blank. */
function connect(number: number, appType: AppType = 'web', lacking: readonly string[] = []): void {
  place.write(nameOf(number), canaryEnvironment(server.url, number, { appType, lacking }));
}

async function refreshAll(...more: string[]): Promise<{ code: number | null; outcomes: Map<string, string> }> {
  const { code, stdout } = await place.run(['refresh', '--all', '--json', '--no-jitter', '--patience', '0s', ...more]);
  const { results } = JSON.parse(stdout) as { results: { environment: string; outcome: string }[] };
  return { code, outcomes: new Map(results.map(({ environment, outcome }) => [environment, outcome])) };
}

/** Everything in an environment's file that is a token is its own. */
function expectOwn(number: number): void {
  const rows = place.rows(nameOf(number));
  const held = `${rows['access_token']} ${rows['refresh_token']}`;
  expect([...held.matchAll(/#(\d+)#/g)].map((match) => Number(match[1])).filter((one) => one !== number)).toEqual([]);
}

const outcomeOf: Record<Treatment, string> = {
  grant: 'refreshed',
  error: 'temporary_failure',
  dead: 'consent_needed',
  'hang up': 'temporary_failure',
  refuse: 'refused',
};

describe('a fleet in one process', () => {
  test('keeps every environment separate, whatever happens to the others', async () => {
    const one = fc.record({
      appType: fc.constantFrom<AppType>('web', 'pkce', 'custom_connection'),
      treatment: fc.constantFrom<Treatment>('grant', 'grant', 'error', 'dead', 'hang up', 'refuse'),
      lacking: fc.constantFrom<string[]>([], [], [], ['client_id'], ['token_url']),
    });
    const lists = fc.sample(fc.array(one, { minLength: 20, maxLength: 20 }), 1);
    for (const list of lists) {
      list.forEach(({ appType, lacking }, number) => connect(number, appType, lacking));
      server.treat((number) => list[number]?.treatment ?? 'grant');
      const { outcomes } = await refreshAll('--force', '--concurrency', '6');
      expect(server.crossed).toEqual([]);
      list.forEach(({ treatment, lacking, appType }, number) => {
        expectOwn(number);
        const isRefusal = treatment === 'dead' && appType === 'custom_connection';
        const expected = lacking.length > 0 ? 'invalid' : isRefusal ? 'refused' : outcomeOf[treatment];
        expect([number, outcomes.get(nameOf(number))]).toEqual([number, expected]);
      });
    }
  });

  test('sends only what is due, and prints nothing off a terminal when nothing is', async () => {
    [1, 2, 3].forEach((number) => connect(number));
    expect((await refreshAll()).outcomes).toEqual(new Map([1, 2, 3].map((number) => [nameOf(number), 'refreshed'])));
    expect(await place.run(['refresh', '--all'])).toEqual({ code: 0, stdout: '', stderr: '' });
    expect([...server.grants.values()]).toEqual([1, 1, 1]);
  });
});

describe('a fleet in several processes', () => {
  const numbers = Array.from({ length: 70 }, (_, number) => number);

  test('refreshes each once, and a bad one stops no other', async () => {
    numbers.forEach((number) => connect(number, number % 3 === 0 ? 'pkce' : 'web'));
    place.write(nameOf(7), '{');
    server.treat((number) => (number === 8 ? 'dead' : 'grant'));
    const { code, outcomes } = await refreshAll('--processes', '2');
    expect(code).toBe(3);
    const others = [...outcomes].filter(([, outcome]) => outcome !== 'refreshed');
    expect(others).toEqual([
      [nameOf(7), 'invalid'],
      [nameOf(8), 'consent_needed'],
    ]);
    expect(server.crossed).toEqual([]);
    expect([...server.grants.values()].filter((count) => count !== 1)).toEqual([]);
    const rest = numbers.filter((number) => number !== 7);
    rest.forEach(expectOwn);
    const log = fs.readFileSync(path.join(place.folder, 'environments/.evergrant/log.jsonl'), 'utf8');
    const expected = [...log.matchAll(/"environment":"([^"]*)"/g)].map((match) => match[1]);
    expect(expected.toSorted()).toEqual(rest.map(nameOf));
  });

  test.each(['SIGKILL', 'SIGTERM'] as const)('ended by %s loses no token and mixes none up', async (signal) => {
    numbers.forEach((number) => connect(number));
    const args = [path.resolve('dist/cli.js'), 'refresh', '--all', '--no-jitter', '--processes', '2'];
    const { PATH = '' } = process.env;
    const child = spawn(process.execPath, args, {
      cwd: place.folder,
      env: { PATH, HOME: place.folder },
      detached: true,
    });
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    while (server.grants.size < 10) await new Promise((resolve) => setTimeout(resolve, 5));
    // SIGKILL takes the workers with it, as a machine that goes down does; SIGTERM is for the parent alone.
    process.kill(signal === 'SIGKILL' ? -(child.pid ?? 0) : (child.pid ?? 0), signal);
    const code = await ended;
    expect(server.grants.size).toBeLessThan(numbers.length);
    if (signal === 'SIGTERM') {
      expect(code).toBe(143);
      expect(numbers.filter((number) => (place.rows(nameOf(number))['refresh_started_at'] ?? '') !== '')).toEqual([]);
    }
    expect(await refreshAll()).toMatchObject({ code: 0 });
    expect(server.crossed).toEqual([]);
    const held = numbers.map((number) => server.accepts(place.rows(nameOf(number))['refresh_token'] ?? ''));
    expect(held).toEqual(numbers);
  });

  test('gives what a worker was at to another when it dies', async () => {
    numbers.forEach((number) => connect(number));
    const running = startProgram(place.folder, ['refresh', '--all', '--no-jitter', '--processes', '2', '--json']);
    while (server.grants.size < 10) await new Promise((resolve) => setTimeout(resolve, 5));
    const children = fs.readFileSync(`/proc/${running.pid}/task/${running.pid}/children`, 'utf8').trim().split(' ');
    process.kill(Number(children[0]), 'SIGKILL');
    const { code, stdout } = await running.ended;
    const { results } = JSON.parse(stdout) as { results: { outcome: string }[] };
    expect([code, children.length, results.length]).toEqual([0, 2, numbers.length]);
    expect(server.crossed).toEqual([]);
    const held = numbers.map((number) => server.accepts(place.rows(nameOf(number))['refresh_token'] ?? ''));
    expect(held).toEqual(numbers);
  });

  test('gives up when its workers die before they have done anything', async () => {
    numbers.forEach((number) => connect(number));
    const preload = path.join(place.folder, 'no-workers.js');
    fs.writeFileSync(preload, 'if (process.send) process.exit(1);');
    const args = ['refresh', '--all', '--no-jitter', '--processes', '2', '--json'];
    const { code, stdout } = await startProgram(place.folder, args, { preload }).ended;
    const { results } = JSON.parse(stdout) as { results: { outcome: string; error: { code: string } }[] };
    const said = new Set(results.map(({ outcome, error }) => `${outcome} ${error.code}`));
    expect([code, results.length, [...said]]).toEqual([4, numbers.length, ['temporary_failure worker_ended']]);
    expect(server.grants.size).toBe(0);
  });
});
