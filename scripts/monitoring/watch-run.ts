import fs from 'node:fs';
import type { Context } from '../context';
import { writeWhole } from '../environment/files/publish';
import { exitCodes, Failure } from '../errors';
import { statusMetrics } from '../status/metrics';
import { readRows } from '../status/read-rows';
import type { StatusRow } from '../status/rows';
import { failureOf } from '../terminal/console';
import { ping } from './ping';
import { runMetrics } from './run-metrics';

/** How a run of `refresh` ended. */
export interface RunEnd {
  readonly exitCode: number;
  /** One line about it, without names and secrets. */
  readonly summary: string;
}

/** Who is told of a run, beside the person who reads its output. */
export interface Watchers {
  readonly pingUrl?: URL | undefined;
  readonly metricsFile?: string | undefined;
}

/**
 * Tells monitors that a run begins and how it ended, also where it ends by a failure or a signal. They never change its exit code, but for
 * a file of metrics that can't be written, as in `status`.
 * @returns the run's end, and why a ping was not taken
 */
export async function watchRun(
  { pingUrl, metricsFile }: Watchers,
  run: () => Promise<RunEnd>,
  context: Context,
): Promise<RunEnd & { readonly untaken: string | undefined }> {
  const started = pingUrl && ping(pingUrl, { kind: 'start' });
  const pingEnd = async ({ exitCode, summary }: RunEnd): Promise<string | undefined> =>
    pingUrl && (await ping(pingUrl, { kind: 'end', exitCode, text: `${summary}; exit code ${exitCode}` }));
  const note = async ({ exitCode }: RunEnd): Promise<Failure | undefined> =>
    metricsFile === undefined ? undefined : await whyUnwritten(metricsFile, exitCode, context);
  const { beforeEnd, uninterrupted } = context.signals;
  const release = beforeEnd(async (exitCode) => {
    const ended = { exitCode, summary: 'a signal ended the run' };
    await Promise.all([pingEnd(ended), note(ended)]);
  });
  const ended = await outcomeOf(run, context).finally(release);
  return await uninterrupted(async () => {
    const unstarted = await started;
    const unwritten = await note(ended);
    const failure = ended.failure ?? unwritten;
    const exitCode = failure === undefined ? ended.exitCode : exitCodes[failure.kind];
    const untaken = (await pingEnd({ ...ended, exitCode })) ?? unstarted;
    if (failure !== undefined) throw failure;
    return { ...ended, untaken };
  });
}

/** How a run ended, and the failure by which it did. */
async function outcomeOf(run: () => Promise<RunEnd>, { console }: Context): Promise<RunEnd & { failure?: Failure }> {
  try {
    return await run();
  } catch (error) {
    const failure = failureOf(error, console);
    return { exitCode: exitCodes[failure.kind], summary: 'the run could not begin', failure };
  }
}

/** Why the metrics could not be written; undefined when they were. */
async function whyUnwritten(file: string, exitCode: number, context: Context): Promise<Failure | undefined> {
  try {
    await writeMetrics(file, exitCode, context);
    return undefined;
  } catch (error) {
    return failureOf(error, context.console);
  }
}

/** The metrics of `status` as they are after the run, with those of the run itself, for everybody on this machine to read. */
async function writeMetrics(file: string, exitCode: number, context: Context): Promise<void> {
  const rows: StatusRow[] = [];
  try {
    for await (const { row } of readRows([], context)) rows.push(row);
  } catch (error) {
    if (!(error instanceof Failure)) throw error; // the folder can't be read, as the exit code says
  }
  const text = [await statusMetrics(rows), await runMetrics({ at: context.now(), exitCode }, textOf(file))].join('\n');
  writeWhole(file, text, 'metrics');
}

function textOf(file: string): string {
  return fs.statSync(file, { throwIfNoEntry: false })?.isFile() === true ? fs.readFileSync(file, 'utf8') : '';
}
