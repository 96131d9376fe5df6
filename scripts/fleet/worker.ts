import { dotEnvFolders, systemContext, type Context } from '../context';
import { takeStray } from '../network/stray-errors';
import { quietSignals } from '../terminal/silent';
import { adaptiveConcurrency } from './concurrency';
import { laneEffects } from './lanes';
import { refreshOne } from './refresh-one';
import type { WorkerOrder, WorkerReport, WorkerSetUp } from './workers';

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
    const effects = laneEffects(base, setUp.options.patienceMs).effects;
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

function contextOf({ folder, stateFolder, store }: WorkerSetUp, isStopping: () => boolean): Context {
  const { envVariablesOf } = require('../environment/files/dotenv') as typeof import('../environment/files/dotenv');
  const env = envVariablesOf(process.env, dotEnvFolders(folder));
  const signals = quietSignals(isStopping);
  return systemContext({ folder, stateFolder, store, variables: () => ({}), env: () => env, signals });
}

main();
