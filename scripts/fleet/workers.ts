import { fork, type ChildProcess } from 'node:child_process';
import type { Context } from '../context';
import { Failure } from '../errors';
import { firstConcurrency } from './concurrency';
import { failed, type BatchOptions, type OnDone, type EnvironmentResult } from './result';

/** What a worker is told first. */
export interface WorkerSetUp {
  readonly folder: string;
  readonly stateFolder: string;
  readonly options: BatchOptions;
}

/** What it is told then: one more environment. */
export interface WorkerOrder {
  readonly name: string;
}

/** What it says of each. */
export interface WorkerReport {
  readonly name: string;
  readonly done: EnvironmentResult;
  /** How many it can have under way from now on. */
  readonly width: number;
}

/** A worker's heap in megabytes; Newman's garbage would take four times as much before anybody collects it. */
const heapMb = 144;

/**
 * Shares environments out to worker processes, each with its part of the lanes. A worker that dies has spent tokens only
 * behind their markers: what it was at is given to another, which picks it up.
 */
export async function refreshInWorkers(
  due: readonly string[],
  count: number,
  options: BatchOptions,
  context: Context,
  onDone: OnDone,
): Promise<void> {
  const queue = new Queue(due);
  const width = Math.ceil(options.concurrency / count);
  const setUp = {
    folder: context.folder,
    stateFolder: context.stateFolder,
    options: { ...options, concurrency: width },
  };
  const work = (): Promise<void> => runWorker(setUp, queue, context, onDone);
  await context.signals.uninterrupted(async () => {
    await Promise.all(Array.from({ length: count }, work));
  });
}

/** The environments that are left, and how often each was begun. */
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

  /** False when it has been begun too often: it may be what workers die of. */
  requeue(name: string): boolean {
    if ((this.begun.get(name) ?? 0) > 1) return false;
    this.again.push(name);
    return true;
  }

  isEmpty(): boolean {
    return this.again.length === 0 && this.at >= this.names.length;
  }
}

/** So many workers in a row that end before they have done anything are no accident: the rest would end them, too. */
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

/** Keeps a worker busy until nothing is left; gives what it had under way when it ended. */
function serveWorker(setUp: WorkerSetUp, queue: Queue, context: Context, onDone: OnDone): Promise<ReadonlySet<string>> {
  const underWay = new Set<string>();
  let width = Math.min(firstConcurrency, setUp.options.concurrency);
  const child = fork(require.resolve('./worker'), {
    execArgv: [...process.execArgv, `--max-old-space-size=${heapMb}`],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const feed = (): void => {
    while (underWay.size < width && !context.signals.isStopping()) {
      const name = queue.take();
      if (name === undefined) break;
      underWay.add(name);
      tell(child, { name });
    }
    if (underWay.size === 0) child.disconnect();
  };
  return new Promise((resolve) => {
    child.on('message', ({ name, done, width: next }: WorkerReport) => {
      underWay.delete(name);
      width = next;
      onDone(done);
      feed();
    });
    child.on('error', () => undefined); // it did not start, or is gone: 'exit' comes too
    child.on('exit', () => resolve(underWay));
    tell(child, setUp);
    feed();
  });
}

/** A message to a worker that has just died is as good as lost: what it was about is given to another. */
function tell(child: ChildProcess, message: WorkerSetUp | WorkerOrder): void {
  child.send(message, () => undefined);
}
