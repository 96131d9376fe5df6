import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type * as ContextModule from '../../scripts/context';
import { putConnection } from '../../scripts/environment/database/documents';
import type * as KeepWarm from '../../scripts/serve/keep-warm';
import type * as Silent from '../../scripts/terminal/silent';
import { databasePlace, isLeftOut, serverOf, type DatabasePlace } from '../commands/store/support';
import { built } from '../proofs/support/built';
import type { PostgresServer } from '../support/postgres';
import { startXeroServer, type XeroServer } from '../support/servers/xero-server';
import { makeGate, type Gate } from './support/gate';
import { serveIn, type Answer, type Client, type Serving } from './support/serving';

const past = { access_token_expires_at: new Date(Date.now() - 60_000).toISOString() };

describe.skipIf(isLeftOut)('a database that is away for a while', () => {
  let server: PostgresServer;
  let xero: XeroServer;
  let place: DatabasePlace;
  let gate: Gate;
  let variables: Record<string, string>;
  const started: Serving[] = [];

  beforeEach(async () => {
    [server, xero] = await Promise.all([serverOf(), startXeroServer()]);
    place = await databasePlace(server);
    gate = await makeGate(Number(new URL(place.url).port));
    variables = { EVERGRANT_STORE: place.url.replace(/:\d+\//, `:${gate.port}/`) };
    for (const [name, rows] of Object.entries({ acme: {}, due: past })) {
      await putConnection(place.database, name, xero.environment('web', name, { ...xero.connectedRows(), ...rows }));
    }
  });

  afterEach(async () => {
    for (const { running } of started.splice(0)) running.signal('SIGKILL'); // those that a failed test has left
    await gate.close();
    await place.database.close();
    await xero.close();
    await server.remove();
  });

  /** A server that has given the token of acme, and its client. */
  async function warm(): Promise<{ serving: Serving; client: Client; ask(environment: string): Promise<Answer> }> {
    const { stdout } = await place.store(['client', 'add', 'reports', '--all']);
    const client = { id: 'reports', secret: /client_secret: (\S+)/.exec(stdout)?.[1] ?? '' };
    const serving = await serveIn(place, [], { variables });
    started.push(serving);
    const ask = (environment: string): Promise<Answer> => serving.token(client, { environment });
    expect(await ask('acme')).toMatchObject({ status: 200 });
    return { serving, client, ask };
  }

  const metricOf = async (serving: Serving, name: string): Promise<string | undefined> =>
    new RegExp(`^${name} (.+)$`, 'm').exec((await serving.ask('/metrics')).text)?.[1];

  test('takes no warm token from anybody; others are told when to ask again, and have theirs when it is back', async () => {
    const { serving, client, ask } = await warm();
    await gate.set('refused');
    const other = { ...client, secret: 'wrong' };
    await expect.poll(async () => (await ask('due')).status).toBe(503);
    expect(await ask('due')).toMatchObject({
      headers: { 'retry-after': '5' },
      json: { error: 'temporarily_unavailable' },
    });
    for (let round = 0; round < 3; round++) {
      expect(await ask('acme')).toMatchObject({ status: 200, json: { environment: 'acme' } });
      expect(await serving.token(other, { environment: 'acme' })).toMatchObject({ status: 401 });
      await new Promise((resolve) => setTimeout(resolve, 1100)); // it is asked again once a second
    }
    const health = await Promise.all(['/health/live', '/health/ready'].map((target) => serving.ask(target)));
    expect(health.map(({ status }) => status)).toEqual([200, 200]);
    expect(await metricOf(serving, 'evergrant_serve_store_up')).toBe('0');
    expect(await serving.ask('/v1/status', { headers: { 'x-evergrant': '1' } })).toMatchObject({ status: 503 });
    expect(xero.redemptions()).toBe(0);
    await gate.set('open');
    await expect.poll(async () => (await ask('due')).status, { timeout: 20_000 }).toBe(200);
    expect([await metricOf(serving, 'evergrant_serve_store_up'), xero.redemptions()]).toEqual(['1', 1]);
    await place.store(['client', 'remove', 'reports']);
    await expect.poll(async () => (await ask('acme')).status, { timeout: 5000 }).toBe(401);
    await serving.stop();
  });

  test('and answers nothing, instead of refusing, delays a warm token by a second or two at most', async () => {
    const { serving, ask } = await warm();
    await gate.set('silent');
    await new Promise((resolve) => setTimeout(resolve, 1100)); // what is in memory is a second old
    const startedAt = performance.now();
    const first = await ask('acme');
    const firstMs = performance.now() - startedAt;
    const again = await Promise.all(Array.from({ length: 20 }, () => ask('acme')));
    const againMs = performance.now() - startedAt - firstMs;
    expect([first, ...again].map(({ status }) => status)).toEqual(Array.from({ length: 21 }, () => 200));
    expect([firstMs < 4000, againMs < 2000]).toEqual([true, true]);
    await gate.set('open');
    await expect.poll(async () => (await ask('due')).status, { timeout: 30_000 }).toBe(200);
    await serving.stop();
  });

  test('ends no loop of --refresh, which goes on when it is back', async () => {
    const { keepWarm } = built<typeof KeepWarm>('serve/keep-warm');
    const { systemContext } = built<typeof ContextModule>('context');
    const { silentConsole } = built<typeof Silent>('terminal/silent');
    const [codes, said]: [number[], string[]] = [[], []];
    let clockMs = 0;
    const context = systemContext({
      folder: `${place.folder}/environments`,
      stateFolder: `${place.folder}/state`,
      env: () => variables,
      variables: () => variables,
      sleep: () => Promise.resolve(),
      console: { ...silentConsole(), say: (line) => void said.push(line) },
    });
    const step = [() => gate.set('refused'), () => Promise.resolve(), () => gate.set('open')];
    let moving = Promise.resolve();
    const signals = { ...context.signals, isStopping: () => codes.length >= 4 };
    await keepWarm(
      { profile: { kind: 'min_validity', ms: 15 * 60_000 }, patienceMs: 0, concurrency: 10 },
      { ...context, signals, sleep: () => moving },
      {
        monotonicMs: () => (clockMs += 60_000),
        random: () => 0.5,
        onRun: ({ exitCode }) => {
          codes.push(exitCode);
          moving = step[codes.length - 1]?.() ?? Promise.resolve();
        },
      },
    );
    expect(codes).toEqual([0, 4, 4, 0]);
    expect(said.join('\n')).toMatch(/does not answer/);
    expect(place.sql('select generation from evergrant.connection where name = $$due$$')).toBe('2');
  });

  test('or there shows in /metrics with the loop of --refresh, which makes a server ready', async () => {
    const serving = await serveIn(place, ['--refresh'], { variables });
    started.push(serving);
    await expect
      .poll(async () => (await serving.ask('/metrics')).text, { timeout: 30_000 })
      .toMatch(/evergrant_serve_refresh_runs\{exit_code="0"\} [1-9]/);
    const { text } = await serving.ask('/metrics');
    expect(text).toContain('\nevergrant_serve_refresh_at_work 1\n');
    expect(Number(/^\S+_last_run_timestamp_seconds (\S+)/m.exec(text)?.[1])).toBeGreaterThan(Date.now() / 1000 - 300);
    expect(await serving.ask('/health/ready')).toMatchObject({ status: 200 });
    await serving.stop();
  });
});
