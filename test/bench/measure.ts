import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { text } from 'node:stream/consumers';

/** What a command took, with all its processes. */
export interface Measured {
  readonly seconds: number;
  /** Processor time, of the user and the system. */
  readonly cpuSeconds: number;
  /** The most memory that its processes had resident at one moment, each counted whole. */
  readonly peakMb: number;
  readonly code: number;
}

export interface Place {
  readonly cwd: string;
  readonly variables?: Readonly<Record<string, string>>;
}

const [sampleMs, pageBytes] = [50, 4096];

/** Runs a command to its end; what it says goes nowhere. The shell around it is asked for the processor time (`times`). */
export async function measure(command: readonly string[], { cwd, variables = {} }: Place): Promise<Measured> {
  const { PATH = '' } = process.env;
  const startedAt = performance.now();
  const child = spawn('sh', ['-c', '"$@"; code=$?; times >&3; exit $code', 'sh', ...command], {
    cwd,
    env: { PATH, HOME: cwd, ...variables },
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  let peak = 0;
  const sampling = setInterval(() => (peak = Math.max(peak, residentBytes(child.pid ?? 0))), sampleMs);
  const times = text(child.stdio[3] as NodeJS.ReadableStream as AsyncIterable<Buffer> & NodeJS.ReadableStream); // 'pipe' above
  const code = await new Promise<number>((resolve) => child.on('exit', (status) => resolve(status ?? -1)));
  clearInterval(sampling);
  const seconds = (performance.now() - startedAt) / 1000;
  return { seconds, cpuSeconds: secondsIn((await times).split('\n')[1] ?? ''), peakMb: peak / 2 ** 20, code };
}

/** As in `0m1.230s 0m0.450s`: of the user and of the system. */
function secondsIn(line: string): number {
  const parts = [...line.matchAll(/(\d+)m([\d.]+)s/g)];
  return parts.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0);
}

/** What a process and its descendants have resident, but for the shell around them (Linux's proc file system). */
function residentBytes(shell: number): number {
  return childrenOf(shell).reduce((sum, child) => sum + ownBytes(child) + residentBytes(child), 0);
}

function childrenOf(pid: number): number[] {
  return readProc(`${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

function ownBytes(pid: number): number {
  return Number(readProc(`${pid}/statm`).split(' ')[1] ?? 0) * pageBytes;
}

/** '' for a process that has just ended. */
function readProc(file: string): string {
  try {
    return fs.readFileSync(`/proc/${file}`, 'utf8');
  } catch {
    return '';
  }
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
