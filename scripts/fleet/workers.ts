import { fork, type ChildProcess } from 'node:child_process';
import type { Context } from '../context';
import { Failure } from '../errors';
import { firstConcurrency } from './concurrency';
import { failed, type BatchOptions, type OnDone, type EnvironmentResult } from './result';

/** The first message to a worker. */
export interface WorkerSetUp {
  readonly folder: string;
  readonly stateFolder: string;
  readonly store: string | undefined;
  readonly options: BatchOptions;
}

/** Each later message to a worker: one more environment. */
export interface WorkerOrder {
  readonly name: string;
}

/** A worker's message about each environment. */
export interface WorkerReport {
  readonly name: string;
  readonly done: EnvironmentResult;
  /** How many environments it can refresh at once from now on. */
  readonly concurrency: number;
}

/** A worker's heap in megabytes; with Node's own limit, Newman's garbage would take four times as much. */
const heapMb = 144;

/**
 * Distributes environments to worker processes, which share the concurrency. A worker that dies has sent only tokens
 * whose files are marked, so its environments are given to another worker, which finishes them.
 */
export async function refreshInWorkers(
  due: readonly string[],
  count: number,
  options: BatchOptions,
  context: Context,
  onDone: OnDone,
): Promise<void> {
  const queue = new Queue(due);
  const concurrency = Math.ceil(options.concurrency / count);
  const setUp = {
    folder: context.folder,
    stateFolder: context.stateFolder,
    store: context.store,
    options: { ...options, concurrency },
  };
  const work = (): Promise<void> => runWorker(setUp, queue, context, onDone);
  await context.signals.uninterrupted(async () => {
    await Promise.all(Array.from({ length: count }, work));
  });
}

/** The environments that are left, and how often each was started. */
class Queue {
  private readonly begun = new Map<string, number>();
  private readonly again: string[] = [];
  private at = 0;

  constructor(private readonly names: readonly string[]) {}

  take(): string | undefined {
    const name = this.again.shift() ?? this.names[this.at++];
    if (name !== undefined) this.begun.set(name, (this.begun.get(name) ?? 0) + 1);
    return name;
  }

  /** Queues an environment again; false when it was started too often, because it may be what makes workers die. */
  requeue(name: string): boolean {
    if ((this.begun.get(name) ?? 0) > 1) return false;
    this.again.push(name);
    return true;
  }

  isEmpty(): boolean {
    return this.again.length === 0 && this.at >= this.names.length;
  }
}

/** After this many workers in a row have ended with nothing done, no more are started, as they would end too. */
const maxFailedStarts = 3;

async function runWorker(
  setUp: WorkerSetUp,
  queue: Queue,
  context: Context,
  onDone: OnDone,
  failedStarts = 0,
): Promise<void> {
  let reports = 0;
  const left = await serveWorker(setUp, queue, context, (done) => {
    reports += 1;
    onDone(done);
  });
  const fail = async (name: string): Promise<void> => onDone(await failed(name, workerEnded(name), context));
  for (const name of left) if (!queue.requeue(name)) await fail(name);
  if (left.size === 0 || context.signals.isStopping()) return;
  const inVain = reports === 0 ? failedStarts + 1 : 0;
  if (inVain < maxFailedStarts && !queue.isEmpty()) return await runWorker(setUp, queue, context, onDone, inVain);
  for (let name = queue.take(); name !== undefined; name = queue.take()) await fail(name);
}

function workerEnded(name: string): Failure {
  return new Failure(
    'temporary_failure',
    'worker_ended',
    `the process that refreshed ${name} ended before it was done; nothing is lost`,
    'run again within 30 minutes; where memory is short, with --processes 1 --concurrency 10',
  );
}

/** Keeps a worker busy until nothing is left. Returns the environments that were in progress when it ended. */
function serveWorker(setUp: WorkerSetUp, queue: Queue, context: Context, onDone: OnDone): Promise<ReadonlySet<string>> {
  const underWay = new Set<string>();
  let concurrency = Math.min(firstConcurrency, setUp.options.concurrency);
  const child = fork(require.resolve('./worker'), {
    execArgv: [...process.execArgv, `--max-old-space-size=${heapMb}`],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const feed = (): void => {
    while (underWay.size < concurrency && !context.signals.isStopping()) {
      const name = queue.take();
      if (name === undefined) break;
      underWay.add(name);
      send(child, { name });
    }
    if (underWay.size === 0) child.disconnect();
  };
  return new Promise((resolve) => {
    child.on('message', ({ name, done, concurrency: next }: WorkerReport) => {
      underWay.delete(name);
      concurrency = next;
      onDone(done);
      feed();
    });
    child.on('error', () => undefined); // it did not start or has ended; 'exit' follows
    child.on('exit', () => resolve(underWay));
    send(child, setUp);
    feed();
  });
}

/** Sends a message. One to a worker that has just died is lost, but its environment is given to another worker. */
function send(child: ChildProcess, message: WorkerSetUp | WorkerOrder): void {
  child.send(message, () => undefined);
}
