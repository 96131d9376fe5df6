import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { systemCode } from '../errors';
import type { HookCommand } from './config';
import type { HookEnd } from './failure';

/** How a hook ended, and what it said in both streams: whole lines, cut short. */
export interface HookRun {
  readonly end: HookEnd;
  readonly lines: readonly string[];
}

/** Without streams where no pipe could be made. */
type Child = ChildProcessByStdio<null, Readable | null, Readable | null>;

/** How long a hook may take, and how long it may take to end when it is asked to. */
export interface HookLimits {
  readonly limitMs: number;
  readonly patienceMs: number;
}

/** What a hook leaves running in the background may hold its streams open: nobody listens for longer. */
const lateWordsMs = 500;

const [mostLines, mostBytes] = [100, 16 * 1024];

/**
 * Runs a hook in a process group of its own. At its time limit the whole group is asked to end, and after some
 * patience ended. What it leaves in the background when it ends in time is let be. Not on Windows, which has no process groups:
 * there, the limit ends the hook alone.
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
  await Promise.race([closed, pause(lateWordsMs, undefined, { ref: false })]);
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
  const leaveNone = (): void => void signalGroup(pid, 'SIGTERM');
  process.once('exit', leaveNone); // a second Ctrl-C ends this process, and the hook is in a group of its own
  const timer = new AbortController();
  const late = pause(limitMs, 'late' as const, { signal: timer.signal }).catch(() => 'late' as const);
  const first = await Promise.race([exit, late]);
  timer.abort();
  if (first === 'late') await endGroup(pid, patienceMs, exit);
  process.removeListener('exit', leaveNone);
  return first === 'late' ? { kind: 'limit' } : first;
}

/** Asks a group to end, and ends what is left of it after a while. */
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

/** False when nobody is left to take the signal. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(isWindows() ? pid : -pid, signal);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return false;
  }
}

/** Reads to the end, so that a talkative hook is never held up, and keeps the beginning. */
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

/** The last line of too many bytes is left out whole: it may be cut in the middle of a secret that nobody would know. */
function linesOf(output: Buffer): string[] {
  const isCut = output.length > mostBytes;
  const lines = output.toString('utf8', 0, mostBytes).split(/\r?\n/);
  if (isCut || lines.at(-1) === '') lines.pop();
  return isCut || lines.length > mostLines ? [...lines.slice(0, mostLines), '…'] : lines;
}

function isWindows(): boolean {
  return process.platform === 'win32';
}
