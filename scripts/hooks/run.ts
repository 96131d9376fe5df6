import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { systemCode } from '../errors';
import type { HookCommand } from './config';
import type { HookEnd } from './failure';

/** How a hook ended, and the first whole lines that it wrote to both streams. */
export interface HookRun {
  readonly end: HookEnd;
  readonly lines: readonly string[];
}

/** The streams are null when no pipe could be made. */
type Child = ChildProcessByStdio<null, Readable | null, Readable | null>;

/** How long a hook may run, and how long it may take to end after SIGTERM. */
export interface HookLimits {
  readonly limitMs: number;
  readonly patienceMs: number;
}

/** A process that a hook leaves in the background may hold its streams open; they are read no longer than this. */
const lateOutputMs = 500;

const [mostLines, mostBytes] = [100, 16 * 1024];

/**
 * Runs a hook in a process group of its own. At its time limit the whole group gets SIGTERM, and SIGKILL after
 * `patienceMs`. If the hook ends in time, its background processes go on. Windows has no process groups: there the limit
 * ends only the hook itself.
 */
export async function runHook(
  command: HookCommand,
  variables: NodeJS.ProcessEnv,
  limits: HookLimits,
): Promise<HookRun> {
  let child: Child;
  try {
    child = start(command, variables);
  } catch (error) {
    return { end: { kind: 'not_started', why: systemCode(error) ?? 'unknown' }, lines: [] }; // E2BIG, a NUL in a word
  }
  const output = outputOf(child);
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const end = await ended(child, limits);
  await Promise.race([closed, pause(lateOutputMs, undefined, { ref: false })]);
  for (const stream of [child.stdout, child.stderr]) stream?.destroy();
  return { end, lines: linesOf(output()) };
}

function start(command: HookCommand, env: NodeJS.ProcessEnv): Child {
  const options = { env, detached: !isWindows(), windowsHide: true } as const;
  const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
  if (command.kind === 'shell') return spawn(command.line, { ...options, stdio, shell: true });
  return spawn(command.file, command.args, { ...options, stdio });
}

async function ended(child: Child, { limitMs, patienceMs }: HookLimits): Promise<HookEnd> {
  const { pid } = child;
  const exit = new Promise<HookEnd>((resolve) => {
    child.once('error', (error) => resolve({ kind: 'not_started', why: systemCode(error) ?? 'unknown' }));
    child.once('exit', (code, signal) =>
      resolve(signal === null ? { kind: 'exit', code: code ?? 0 } : { kind: 'signal', signal }),
    );
  });
  if (pid === undefined) return await exit;
  const endHook = (): void => void signalGroup(pid, 'SIGTERM');
  process.once('exit', endHook); // a second Ctrl-C ends only this process's group
  const timer = new AbortController();
  const late = pause(limitMs, 'late' as const, { signal: timer.signal }).catch(() => 'late' as const);
  const first = await Promise.race([exit, late]);
  timer.abort();
  if (first === 'late') await endGroup(pid, patienceMs, exit);
  process.removeListener('exit', endHook);
  return first === 'late' ? { kind: 'limit' } : first;
}

/** Sends SIGTERM to a group, and SIGKILL to what is left of it after `patienceMs`. */
async function endGroup(pid: number, patienceMs: number, exit: Promise<unknown>): Promise<void> {
  signalGroup(pid, 'SIGTERM');
  const deadline = performance.now() + patienceMs;
  while (performance.now() < deadline && isRunning(pid)) await pause(20);
  signalGroup(pid, 'SIGKILL');
  await exit;
}

function isRunning(pid: number): boolean {
  return signalGroup(pid, 0);
}

/** Returns false when no process is left. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(isWindows() ? pid : -pid, signal);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return false;
  }
}

/** Reads all output, so that a hook is never blocked, and keeps only the beginning. */
function outputOf(child: Child): () => Buffer {
  const kept: Buffer[] = [];
  let bytes = 0;
  const keep = (chunk: Buffer): void => {
    if (bytes <= mostBytes) kept.push(chunk);
    bytes += chunk.length;
  };
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', keep);
  return () => Buffer.concat(kept);
}

/** The lines of an output. When it was cut, its last line is left out: half a secret would not be recognised. */
function linesOf(output: Buffer): string[] {
  const isCut = output.length > mostBytes;
  const lines = output.toString('utf8', 0, mostBytes).split(/\r?\n/);
  if (isCut || lines.at(-1) === '') lines.pop();
  return isCut || lines.length > mostLines ? [...lines.slice(0, mostLines), '…'] : lines;
}

function isWindows(): boolean {
  return process.platform === 'win32';
}
