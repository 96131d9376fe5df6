import { beforeEach, describe, expect, test } from 'vitest';
import { valueOf, type Environment } from '../../scripts/environment/environment';
import type { StoredEnvironment } from '../../scripts/environment/store';
import { Failure } from '../../scripts/errors';
import type { AccessOptions } from '../../scripts/refresh/access';
import { runRenewed, type Child } from '../../scripts/serve/renewed-child';
import { systemContext, type Context } from '../../scripts/context';
import { environmentOf, webApp } from '../support/environments';

const minuteMs = 60_000;

/** A machine whose time passes only while somebody sleeps, and a store with one environment. */
class World {
  wallMs = Date.parse('2026-11-22T10:00:00Z');
  monotonic = 0;
  token = 1;
  expiresAt = this.wallMs + 30 * minuteMs;
  isDead = false;
  failure: Failure | undefined;
  readonly asked: { atMs: number; minValidityMs: number }[] = [];
  readonly children: { token: string; signals: string[]; end: (code: number) => void; endsOn: readonly string[] }[] =
    [];
  readonly said: string[] = [];
  endsOn: readonly string[] = ['SIGTERM', 'SIGKILL'];
  /** What happens at a time, once it has come. */
  readonly later: { atMs: number; act: () => void }[] = [];
  private receive: (signal: NodeJS.Signals) => void = () => undefined;

  at(atMs: number, act: () => void): void {
    this.later.push({ atMs, act });
  }

  signal(name: NodeJS.Signals): void {
    this.receive(name);
  }

  environment(): Environment {
    return environmentOf({
      ...webApp,
      access_token: `token-${this.token}`,
      refresh_token: 'refresh',
      access_token_expires_at: new Date(this.expiresAt).toISOString(),
      refresh_token_expires_at: '2027-01-20T10:00:00.000Z',
      grant_status: this.isDead ? 'consent_needed' : 'connected',
    });
  }

  /** Somebody has renewed the token. */
  renew(): void {
    this.token += 1;
    this.expiresAt = this.wallMs + 30 * minuteMs;
  }

  run(minValidityMs = 5 * minuteMs, graceMs = 10_000): Promise<number> {
    const stored = { name: 'acme', read: async () => this.environment() } as Partial<StoredEnvironment>;
    const context = systemContext({ folder: '/nowhere' });
    const sleep = async (ms: number): Promise<void> => {
      await new Promise(setImmediate);
      this.wallMs += ms;
      this.monotonic += ms;
      for (const one of this.later.filter(({ atMs }) => atMs <= this.monotonic)) {
        this.later.splice(this.later.indexOf(one), 1);
        one.act();
      }
    };
    const own: Partial<Context> = {
      now: () => new Date(this.wallMs),
      sleep,
      console: { ...context.console, say: (line) => void this.said.push(line) },
      signals: { ...context.signals, handOver: (receive) => (this.receive = receive) },
    };
    return runRenewed(
      stored as StoredEnvironment, // the parts that are used
      (environment) => this.start(environment),
      { minValidityMs, patienceMs: 60_000, waitMs: 30_000, graceMs },
      { ...context, ...own },
      { monotonicMs: () => this.monotonic, access: (_, options) => this.access(options) },
    );
  }

  private async access({ minValidityMs }: AccessOptions): Promise<Environment> {
    this.asked.push({ atMs: this.monotonic, minValidityMs });
    const isDue = this.expiresAt - this.wallMs < minValidityMs;
    if (isDue && this.failure !== undefined) throw this.failure;
    if (isDue) this.renew();
    return this.environment();
  }

  private start(environment: Environment): Child {
    let end: (code: number) => void = () => undefined;
    const ended = new Promise<number>((resolve) => (end = resolve));
    const child = { token: valueOf(environment, 'access_token'), signals: [] as string[], end, endsOn: this.endsOn };
    this.children.push(child);
    const kill = (signal: NodeJS.Signals): void => {
      child.signals.push(signal);
      if (child.endsOn.includes(signal)) end(signal === 'SIGKILL' ? 137 : 143);
    };
    return { kill, ended };
  }

  /** Lets the last program end by itself. */
  end(code: number): void {
    this.children.at(-1)?.end(code);
  }

  tokens(): string[] {
    return this.children.map(({ token }) => token);
  }
}

let world: World;

beforeEach(() => (world = new World()));

describe('a program that is renewed', () => {
  test('is started anew before its token expires, once for each token', async () => {
    world.at(100 * minuteMs, () => world.end(0));
    expect(await world.run()).toBe(0);
    expect(world.tokens()).toEqual(['token-1', 'token-2', 'token-3', 'token-4']);
    expect(world.children[0]?.signals).toEqual(['SIGTERM']);
    const renewedAfter = world.asked.slice(1).map(({ atMs }, at) => atMs - (world.asked[at]?.atMs ?? 0));
    for (const ms of renewedAfter) expect(ms / minuteMs).toBeCloseTo(25, 0);
  });

  test('is started anew when somebody else has renewed the token, and asks nobody itself', async () => {
    world.at(3 * minuteMs, () => world.renew());
    world.at(4 * minuteMs, () => world.end(7));
    expect(await world.run()).toBe(7);
    expect(world.tokens()).toEqual(['token-1', 'token-2']);
    expect(world.asked).toHaveLength(1);
  });

  test('is renewed after half of its time where no token is good for as long as asked', async () => {
    world.at(50 * minuteMs, () => world.end(0));
    await world.run(45 * minuteMs);
    expect(world.tokens()).toEqual(['token-2', 'token-3', 'token-4', 'token-5']);
  });

  test.each([1, 0, 77])('gives its own exit code when it ends by itself: %i', async (code) => {
    world.at(minuteMs, () => world.end(code));
    expect(await world.run()).toBe(code);
    expect(world.children).toHaveLength(1);
  });

  test('is killed when it has not ended within the grace', async () => {
    world.endsOn = ['SIGKILL'];
    world.at(minuteMs, () => world.renew());
    world.at(2 * minuteMs, () => world.end(0));
    await world.run();
    expect(world.children[0]?.signals).toEqual(['SIGTERM', 'SIGKILL']);
    expect(world.tokens()).toEqual(['token-1', 'token-2']);
  });

  test('is given signals, and is not started again after SIGTERM, however long it takes to end', async () => {
    world.endsOn = [];
    world.at(minuteMs, () => world.signal('SIGTERM'));
    world.at(2 * minuteMs, () => world.renew());
    world.at(60 * minuteMs, () => world.end(5));
    expect(await world.run()).toBe(5);
    expect(world.children.map(({ signals }) => signals)).toEqual([['SIGTERM']]);
    expect(world.asked).toHaveLength(1);
  });

  test('goes on after a SIGINT that it has not ended by', async () => {
    world.at(minuteMs, () => world.signal('SIGINT'));
    world.at(2 * minuteMs, () => world.renew());
    world.at(3 * minuteMs, () => world.end(0));
    await world.run();
    expect(world.children.map(({ signals }) => signals)).toEqual([['SIGINT', 'SIGTERM'], []]);
  });

  test('is not started again when a signal comes while it is being ended', async () => {
    world.endsOn = ['SIGKILL'];
    world.at(minuteMs, () => world.renew());
    world.at(minuteMs + 5000, () => world.signal('SIGINT'));
    expect(await world.run()).toBe(137);
    expect(world.tokens()).toEqual(['token-1']);
  });
});

describe('when the clocks disagree', () => {
  test('a machine that slept renews as soon as it wakes', async () => {
    world.at(minuteMs, () => (world.wallMs += 8 * 60 * minuteMs));
    world.at(minuteMs + 10_000, () => world.end(0));
    await world.run();
    expect(world.tokens()).toEqual(['token-1', 'token-2']);
  });

  test('a wall clock that is set back by hours delays no renewal', async () => {
    world.at(minuteMs, () => (world.wallMs -= 8 * 60 * minuteMs));
    world.at(27 * minuteMs, () => world.end(0));
    await world.run();
    expect(world.tokens()).toEqual(['token-1', 'token-2']);
    expect((world.asked[1]?.atMs ?? 0) / minuteMs).toBeCloseTo(25, 0);
  });
});

describe('while no new token can be had', () => {
  const silent = new Failure('temporary_failure', 'no_answer', 'Xero does not answer', 'run again');
  const over = new Failure('consent_needed', 'consent_needed', 'acme needs consent', 'npx evergrant consent acme');

  test('the program goes on, though its token expires; renewals are tried less and less often, and it is said once', async () => {
    world.failure = silent;
    world.at(8 * 60 * minuteMs, () => (world.failure = undefined));
    world.at(8 * 60 * minuteMs + 2 * minuteMs, () => world.end(0));
    expect(await world.run()).toBe(0);
    expect(world.tokens()).toEqual(['token-1', 'token-2']);
    expect(world.said).toEqual(['evergrant: Xero does not answer\n  → run again']);
    const waits = world.asked.slice(1).map(({ atMs }, at) => atMs - (world.asked[at]?.atMs ?? 0));
    expect(waits.slice(1, 6)).toEqual([6000, 10_000, 20_000, 40_000, 60_000]);
    expect(Math.max(...waits.slice(1))).toBeLessThanOrEqual(62_000);
  });

  test('a program whose connection is over goes on until its token expires, then ends with what the failure exits with', async () => {
    world.failure = over;
    expect(await world.run()).toBe(3);
    expect(world.children.map(({ signals }) => signals)).toEqual([['SIGTERM']]);
    expect(world.monotonic / minuteMs).toBeGreaterThanOrEqual(30);
    expect(world.monotonic / minuteMs).toBeLessThan(31.5);
  });

  test('a program whose connection comes back in time is started anew', async () => {
    world.failure = over;
    world.at(28 * minuteMs, () => {
      world.failure = undefined;
      world.renew();
    });
    world.at(31 * minuteMs, () => world.end(0));
    expect(await world.run()).toBe(0);
    expect(world.tokens()).toEqual(['token-1', 'token-2']);
  });
});
