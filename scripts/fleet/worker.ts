import { dotEnvFolders, systemContext, type Context } from '../context';
import type { RefreshEffects } from '../refresh/effects';
import { takeStray } from '../network/stray-errors';
import { quietSignals } from '../terminal/silent';
import { adaptiveConcurrency } from './concurrency';
import { laneEffects } from './lanes';
import { refreshOne } from './refresh-one';
import { refreshClaimed } from './refresh-shared';
import type { BatchOptions, SharedWork } from './result';
import { failureOf } from '../terminal/console';
import type { WorkerClaim, WorkerFailure, WorkerOrder, WorkerReport, WorkerSetUp } from './workers';

/**
 * One worker process of a fleet. It receives where the environments are, then their names one at a time, and reports
 * each result. It ignores signals, which the parent handles; when the parent is gone, it ends after saving the answers
 * in progress.
 */
function main(): void {
  let isStopping = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  process.on('uncaughtException', (error) => takeStray(error) || process.exit(1));
  process.on('disconnect', () => (isStopping = true));
  process.once('message', (setUp: WorkerSetUp) => {
    const base = contextOf(setUp, () => isStopping);
    const { effects } = laneEffects(base, setUp.options.patienceMs);
    if (setUp.work !== undefined) return void share(setUp.work, setUp.options, base, effects);
    const concurrency = adaptiveConcurrency(setUp.options.concurrency);
    let underWay = 0;
    const endIfIdle = (): void => {
      if (isStopping && underWay === 0) process.exit(0);
    };
    const refresh = async (name: string): Promise<void> => {
      underWay += 1;
      const done = await refreshOne(name, setUp.options, base, effects);
      const report: WorkerReport = { name, done, concurrency: concurrency() };
      if (process.connected) process.send?.(report, () => undefined);
      underWay -= 1;
      endIfIdle();
    };
    process.on('message', ({ name }: WorkerOrder) => void refresh(name));
    process.on('disconnect', endIfIdle);
  });
}

/** Claims and refreshes by itself, and ends when nothing is left. */
async function share(work: SharedWork, options: BatchOptions, base: Context, effects: RefreshEffects): Promise<void> {
  const tell = (message: WorkerReport | WorkerClaim | WorkerFailure, then = (): void => undefined): void => {
    if (process.connected) process.send?.(message, then);
    else then();
  };
  try {
    await refreshClaimed(work, options, base, effects, {
      onClaim: (claimed) => tell({ claimed }),
      onDone: (done) => tell({ name: done.given, done, concurrency: 0 }),
    });
    tell({ claimed: [] }, () => process.exit(0)); // once all before it is sent
  } catch (error) {
    const { kind, code, message, hint } = failureOf(error, base.console);
    tell({ failure: { kind, code, message, hint } }, () => process.exit(1));
  }
}

function contextOf({ folder, stateFolder, store }: WorkerSetUp, isStopping: () => boolean): Context {
  const { envVariablesOf } = require('../environment/files/dotenv') as typeof import('../environment/files/dotenv');
  const env = envVariablesOf(process.env, dotEnvFolders(folder));
  const signals = quietSignals(isStopping);
  return systemContext({ folder, stateFolder, store, variables: () => ({}), env: () => env, signals });
}

main();
