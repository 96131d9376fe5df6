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
 * Tells monitors that a run begins and how it ended, also where it ends by a failure. They never change its exit code, but for
 * a file of metrics that can't be written, as in `status`.
 * @returns the run's end, and why a ping was not taken
 */
export async function watchRun(
  { pingUrl, metricsFile }: Watchers,
  run: () => Promise<RunEnd>,
  context: Context,
): Promise<RunEnd & { readonly untaken: string | undefined }> {
  const started = pingUrl && ping(pingUrl, { kind: 'start' });
  const end = async ({ exitCode, summary }: RunEnd): Promise<string | undefined> => {
    const untaken = await started;
    if (metricsFile !== undefined) await writeMetrics(metricsFile, exitCode, context);
    const text = `${summary}; exit code ${exitCode}`;
    return (pingUrl && (await ping(pingUrl, { kind: 'end', exitCode, text }))) ?? untaken;
  };
  try {
    const ended = await run();
    return { ...ended, untaken: await end(ended) };
  } catch (error) {
    const { kind } = failureOf(error, context.console);
    await end({ exitCode: exitCodes[kind], summary: 'the run could not begin' }).catch(ignoreSecond);
    throw error;
  }
}

/** The first failure is told; one of telling it is not. */
function ignoreSecond(error: unknown): void {
  if (!(error instanceof Failure)) throw error;
}

/** The metrics of `status` as they are after the run, with those of the run itself, for everybody on this machine to read. */
async function writeMetrics(file: string, exitCode: number, context: Context): Promise<void> {
  const rows: StatusRow[] = [];
  try {
    for await (const { row } of readRows([], context)) rows.push(row);
  } catch (error) {
    if (!(error instanceof Failure)) throw error; // the folder can't be read, as the exit code says
  }
  const earlier = fs.existsSync(file) && fs.statSync(file).isFile() ? fs.readFileSync(file, 'utf8') : '';
  const text = [await statusMetrics(rows), await runMetrics({ at: context.now(), exitCode }, earlier)].join('\n');
  writeWhole(file, text, 'metrics');
}
