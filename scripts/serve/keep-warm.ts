import { storeOf, type Context } from '../context';
import { exitCodes, type Failure } from '../errors';
import { refresh, type RefreshRun } from '../run/refresh';
import { failureOf } from '../terminal/console';
import { silentConsole } from '../terminal/silent';
import { repeat, type LoopEffects } from './repeat';

/** What a loop over all environments is told by its user; the rest is as in cron's `refresh --all`. */
export type WarmOptions = Pick<
  RefreshRun,
  'profile' | 'patienceMs' | 'concurrency' | 'processes' | 'remindAfterMs' | 'pingUrl' | 'metricsFile' | 'hooks'
>;

/** A run of the loop that has ended. */
export interface WarmRun {
  readonly endedAt: Date;
  /** As `refresh --all` would have ended. */
  readonly exitCode: number;
}

/** What the loop needs beside its context. */
interface WarmEffects extends Pick<LoopEffects, 'monotonicMs' | 'random'> {
  /** Called when a run has ended, before the next begins. */
  onRun?(run: WarmRun): void;
}

/** While Xero is silent, another replica may hold an environment for as long as its patience lasts, and a request. */
const longestRequestMs = 30_000;

/**
 * Keeps all environments of the store refreshed until this process is asked to stop: does every minute, in this one process,
 * what cron's `refresh --all` does, with its news, hooks, reminders and monitors. Due times are spread, too. Replicas may do
 * the same: two that come to one environment send one request, as the second waits for the first and uses its tokens.
 *
 * A failure ends no loop. One of an environment is told as cron tells it; one of a whole run is said when it begins.
 */
export async function keepWarm(options: WarmOptions, context: Context, effects: WarmEffects): Promise<void> {
  const run: RefreshRun = {
    ...options,
    names: [],
    isForced: false,
    isSpread: true,
    isResident: true,
    waitMs: options.patienceMs + longestRequestMs,
    isDryRun: false,
    isJson: false,
    hasJitter: false,
  };
  const { now, sleep, signals } = context;
  const own = unwatched(context);
  const forget = forgetting(own);
  let failed: Failure | undefined;
  const runOnce = async (): Promise<void> => {
    const { failure, exitCode } = await tryRun(run, own);
    forget();
    if (isNews(failure, failed)) context.console.say(`evergrant: ${failure.message}\n  → ${failure.hint}`);
    failed = failure;
    effects.onRun?.({ endedAt: now(), exitCode });
  };
  await repeat(runOnce, { ...effects, now, sleep, isStopping: signals.isStopping });
}

/** A run, or why none was possible. */
async function tryRun(run: RefreshRun, context: Context): Promise<{ exitCode: number; failure?: Failure }> {
  try {
    return { exitCode: await refresh(run, context) };
  } catch (error) {
    const failure = failureOf(error, context.console);
    return { exitCode: exitCodes[failure.kind], failure };
  }
}

function isNews(failure: Failure | undefined, before: Failure | undefined): failure is Failure {
  return failure !== undefined && (failure.code !== before?.code || failure.message !== before.message);
}

/** A context that nobody watches, as in cron. One for all runs, because a database's connections are kept by context. */
function unwatched(context: Context): Context {
  const { tell, progress, isTerminal, columns, screen } = silentConsole();
  const secrets = new Set(context.console.secrets);
  return { ...context, console: { ...context.console, secrets, tell, progress, isTerminal, columns, screen } };
}

/** What forgets the secrets that a run has met: a month's tokens would fill the memory. Those of the store stay. */
function forgetting(context: Context): () => void {
  const { secrets } = context.console;
  storeOf(context); // adds its own
  const staying = new Set(secrets);
  return () => {
    for (const secret of secrets) if (!staying.has(secret)) secrets.delete(secret);
  };
}
