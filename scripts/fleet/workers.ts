import { fork, type ChildProcess } from 'node:child_process';
import type { Context } from '../context';
import { Failure } from '../errors';
import { firstConcurrency } from './concurrency';
import { failed, type SharedWork, type BatchOptions, type OnDone, type EnvironmentResult } from './result';

/** The first message to a worker. */
export interface WorkerSetUp {
  readonly folder: string;
  readonly stateFolder: string;
  readonly store: string | undefined;
  readonly options: BatchOptions;
  /** What it claims by itself in a shared store; without, it is given names. */
  readonly work?: SharedWork | undefined;
}

/** Each later message to a worker: one more environment. */
export interface WorkerOrder {
  readonly name: string;
}

/** A worker's message about what it has claimed by itself. */
export interface WorkerClaim {
  readonly claimed: readonly string[];
}

/** A worker's last message, when the shared store fails. */
export interface WorkerFailure {
  readonly failure: Pick<Failure, 'kind' | 'code' | 'message' | 'hint'>;
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
  const setUp = setUpOf(context, { ...options, concurrency });
  const work = (): Promise<void> => runWorker(setUp, queue, context, onDone);
  await context.signals.uninterrupted(async () => {
    await Promise.all(Array.from({ length: count }, work));
  });
}

/** Lets worker processes claim and refresh in a shared store, until nothing is left to claim. */
export async function shareInWorkers(
  work: SharedWork,
  count: number,
  options: BatchOptions,
  context: Context,
  onDone: OnDone,
): Promise<void> {
  const concurrency = Math.ceil(options.concurrency / count);
  const setUp = { ...setUpOf(context, { ...options, concurrency }), work };
  await context.signals.uninterrupted(async () => {
    await Promise.all(Array.from({ length: count }, () => runSharer(setUp, context, onDone)));
  });
}

/** What a worker that died had claimed is any process's once its leases are over. */
async function runSharer(setUp: WorkerSetUp, context: Context, onDone: OnDone): Promise<void> {
  const claimed = new Set<string>();
  let failure: WorkerFailure['failure'] | undefined;
  const child = startWorker();
  const stop = setInterval(() => context.signals.isStopping() && child.connected && child.disconnect(), stopLookMs);
  await new Promise<void>((resolve) => {
    child.on('message', (message: WorkerReport | WorkerClaim | WorkerFailure) => {
      if ('failure' in message) return (failure = message.failure);
      if ('claimed' in message) return message.claimed.forEach((name) => claimed.add(name));
      claimed.delete(message.name);
      onDone(message.done);
    });
    child.on('error', () => undefined); // it did not start or has ended; 'exit' follows
    child.on('exit', (code) => {
      if (code === 0 || failure !== undefined) claimed.clear(); // what it had not begun it has given back
      resolve();
    });
    send(child, setUp);
  });
  clearInterval(stop);
  for (const name of claimed) onDone(await failed(name, workerEnded(name), context));
  if (failure !== undefined) throw new Failure(failure.kind, failure.code, failure.message, failure.hint);
}

const stopLookMs = 200;

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
  const child = startWorker();
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

function startWorker(): ChildProcess {
  return fork(require.resolve('./worker'), {
    execArgv: [...process.execArgv, `--max-old-space-size=${heapMb}`],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
}

function setUpOf({ folder, stateFolder, store }: Context, options: BatchOptions): WorkerSetUp {
  return { folder, stateFolder, store, options };
}

/** Sends a message. One to a worker that has just died is lost, but its environment is given to another worker. */
function send(child: ChildProcess, message: WorkerSetUp | WorkerOrder): void {
  child.send(message, () => undefined);
}
