import type { Context } from '../context';
import { valueOf, type Environment } from '../environment/environment';
import { grantOf } from '../environment/grant';
import { readable, type StoredEnvironment } from '../environment/store';
import { exitCodes, type Failure } from '../errors';
import { withAccess } from '../fleet/valid-access';
import type { AccessOptions } from '../refresh/access';
import { failureOf } from '../terminal/console';
import { minuteMs } from '../text/duration';
import { elapsedMs, momentOf, type Clocks, type Moment } from './clocks';

/** A program under way. */
export interface Child {
  kill(signal: NodeJS.Signals): void;
  /** Its exit code, once it has ended. */
  readonly ended: Promise<number>;
}

export interface RenewalOptions extends AccessOptions {
  /** How long the program may take to end before it is killed. */
  readonly graceMs: number;
}

export interface RenewalEffects {
  monotonicMs(): number;
  readonly access: typeof withAccess;
}

/** The environment is looked at this often: a token that another process has renewed is not late for it, as the old one is good. */
const lookMs = 2000;

/** After a failed renewal, the next one is tried no sooner and no later than this. */
const [firstRetryMs, lastRetryMs] = [5000, minuteMs];

/** Failures that no waiting mends: a person has to act. */
const finalKinds: readonly Failure['kind'][] = ['consent_needed', 'refused', 'invalid'];

/**
 * Runs a program that reads its access token once, at its start: it is ended and started anew whenever the environment has a
 * new token, whoever has renewed it. The token is renewed here before it expires, if nobody else does.
 *
 * - While no new token can be had, the program goes on. Xero's silence never ends it. Where a person has to act, it is
 *   ended once its token has expired, and the failure's exit code is returned.
 * - A program that ends by itself is not started again; its exit code is returned.
 * - Signals are passed to it. After SIGTERM it is not started again; after another one, not within the grace.
 *
 * @throws Failure where there is no token to begin with
 */
export async function runRenewed(
  stored: StoredEnvironment,
  start: (environment: Environment) => Child,
  options: RenewalOptions,
  context: Context,
  effects: RenewalEffects = { monotonicMs: () => performance.now(), access: withAccess },
): Promise<number> {
  const renewal = new Renewal(stored, options, context, effects);
  let environment = await effects.access(stored, options, context);
  let child: Child | undefined;
  context.signals.handOver((signal) => {
    renewal.noteSignal(signal);
    child?.kill(signal);
  });
  for (;;) {
    child = start(environment);
    const next = await renewal.watch(child, environment);
    if (typeof next === 'number') return next;
    environment = next;
  }
}

/** What a running program's token is, and how long it was good when the program was started. */
interface Held {
  readonly accessToken: string;
  readonly since: Moment;
  readonly goodForMs: number;
}

class Renewal {
  private readonly clocks: Clocks;
  /** The context of a renewal: once the program has ended, nobody needs it any more; an answer on its way is saved. */
  private readonly renewing: Context;
  private isTerminated = false;
  private life: Life | undefined;
  private signalled: Moment | undefined;
  private failed: { readonly at: Moment; readonly waitMs: number; readonly failure: Failure } | undefined;

  constructor(
    private readonly stored: StoredEnvironment,
    private readonly options: RenewalOptions,
    private readonly context: Context,
    private readonly effects: RenewalEffects,
  ) {
    this.clocks = { now: context.now, monotonicMs: effects.monotonicMs };
    const isStopping = (): boolean => this.isTerminated || this.life?.code() !== undefined;
    this.renewing = { ...context, signals: { ...context.signals, isStopping } };
  }

  noteSignal(signal: NodeJS.Signals): void {
    if (signal === 'SIGTERM') this.isTerminated = true;
    this.signalled = momentOf(this.clocks);
  }

  /** Waits until the program has ended, which gives its exit code, or must be started anew with this environment's token. */
  async watch(child: Child, environment: Environment): Promise<number | Environment> {
    const held = this.holding(environment);
    const life = (this.life = new Life(child));
    for (;;) {
      await life.orAfter(lookMs, this.context);
      if (life.code() !== undefined) break;
      if (this.isSignalled()) continue;
      const next = (await this.renewedBy(held)) ?? (await this.renew(held));
      if (life.code() !== undefined) break;
      if (next === undefined || this.isSignalled()) continue;
      await this.end(child, life);
      return typeof next === 'object' && this.isSignalled() ? await child.ended : next;
    }
    return await child.ended;
  }

  private holding(environment: Environment): Held {
    const goodForMs = leftMs(environment, this.clocks.now());
    return { accessToken: valueOf(environment, 'access_token'), since: momentOf(this.clocks), goodForMs };
  }

  /** Whether a signal has told the program to end, or may have. */
  private isSignalled(): boolean {
    if (this.isTerminated) return true;
    return this.signalled !== undefined && elapsedMs(this.signalled, this.clocks) < this.options.graceMs;
  }

  /** The environment, if it holds another token that is good. */
  private async renewedBy(held: Held): Promise<Environment | undefined> {
    const there = await readable(this.stored);
    const accessToken = there && valueOf(there, 'access_token');
    if (there === undefined || accessToken === '' || accessToken === held.accessToken) return undefined;
    const now = this.clocks.now();
    return grantOf(there, now).knownDead || leftMs(there, now) <= 0 ? undefined : there;
  }

  /**
   * Renews the token when it is about to expire. Returns the exit code when it has expired and only a person can help.
   * A token that is good for less than asked from the beginning is renewed after half of its time.
   */
  private async renew(held: Held): Promise<Environment | number | undefined> {
    const { minValidityMs } = this.options;
    const left = held.goodForMs - elapsedMs(held.since, this.clocks);
    const marginMs = held.goodForMs > minValidityMs ? minValidityMs : held.goodForMs / 2;
    if (left >= marginMs || this.isWaiting()) return undefined;
    try {
      const environment = await this.effects.access(this.stored, await this.asking(left, marginMs), this.renewing);
      this.failed = undefined;
      return valueOf(environment, 'access_token') === held.accessToken ? undefined : environment;
    } catch (error) {
      const { kind } = this.note(failureOf(error, this.context.console));
      return finalKinds.includes(kind) && left <= 0 ? exitCodes[kind] : undefined;
    }
  }

  /** What to ask for, so that the token counts as due although the wall clock may have been set back. */
  private async asking(left: number, marginMs: number): Promise<AccessOptions> {
    const there = await readable(this.stored);
    const byWallMs = there === undefined ? left : leftMs(there, this.clocks.now());
    return { ...this.options, minValidityMs: marginMs + Math.max(0, byWallMs - left) };
  }

  private isWaiting(): boolean {
    return this.failed !== undefined && elapsedMs(this.failed.at, this.clocks) < this.failed.waitMs;
  }

  /** Notes a failure for the next try, and says it unless the last one was the same. */
  private note(failure: Failure): Failure {
    const before = this.failed;
    const waitMs = before === undefined ? firstRetryMs : Math.min(lastRetryMs, before.waitMs * 2);
    this.failed = { at: momentOf(this.clocks), waitMs, failure };
    if (before?.failure.code !== failure.code) {
      this.context.console.say(`evergrant: ${failure.message}\n  → ${failure.hint}`);
    }
    return failure;
  }

  private async end(child: Child, life: Life): Promise<void> {
    child.kill('SIGTERM');
    await life.orAfter(this.options.graceMs, this.context);
    if (life.code() === undefined) child.kill('SIGKILL');
    await child.ended;
  }
}

/** Whether a program has ended, asked again and again. A race for its end would be kept in memory each time. */
class Life {
  private exitCode: number | undefined;
  private wake: () => void = () => undefined;

  constructor(child: Child) {
    void child.ended.then((code) => {
      this.exitCode = code;
      this.wake();
    });
  }

  code(): number | undefined {
    return this.exitCode;
  }

  /** Waits until the program has ended, but no longer than this. */
  async orAfter(ms: number, { sleep }: Pick<Context, 'sleep'>): Promise<void> {
    if (this.exitCode !== undefined) return;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      void sleep(ms).then(resolve);
    });
  }
}

/** How long an environment's access token is good for, by the wall clock; 0 where that is unknown. */
function leftMs(environment: Environment, now: Date): number {
  return Math.max(0, (grantOf(environment, now).accessTokenExpiresAt?.getTime() ?? 0) - now.getTime());
}
