import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import type { Result } from '../../support/program';

/** What is to happen to the program at one of its steps; see `step-preload.js`. Steps are numbered from 1. */
export interface StepPlan {
  readonly kill?: { readonly step: number; readonly side: Side };
  readonly fault?: Fault;
  readonly fill?: { readonly step: number; readonly file: string };
}

/** Where in a step the program is killed; a step that writes can also be cut in half. */
export type Side = 'before' | 'halfway' | 'after';

export interface Fault {
  readonly step: number;
  readonly code: string;
  /** Whether all later steps that write fail, too. */
  readonly lasts: boolean;
  /** Folders that go on working. */
  readonly spared: readonly string[];
}

/** One call of `fs` in the program's folders, one kernel lock, or one event of a socket. */
export interface Step {
  readonly call: string;
  readonly place: string;
  readonly writes: boolean;
  /** Since the start of the process. */
  readonly atMs: number;
  readonly changes: readonly Change[];
}

/** What a step changed on the disk. `content` is base64; a descriptor may be reused after its `close`. */
export type Change =
  | OpenChange
  | { readonly op: 'write'; readonly fd: number; readonly position: number; readonly content: string }
  | { readonly op: 'truncate'; readonly fd: number; readonly length: number }
  | { readonly op: 'chmod'; readonly fd: number; readonly mode: number }
  | { readonly op: 'syncing' | 'sync' | 'close'; readonly fd: number }
  | { readonly op: 'rename'; readonly from: string; readonly to: string }
  | { readonly op: 'unlink' | 'mkdir'; readonly place: string }
  | { readonly op: 'unmodelled' };

interface OpenChange {
  readonly op: 'open';
  readonly place: string;
  readonly fd: number;
  readonly creates: boolean;
  readonly truncates: boolean;
  readonly mode: number;
}

export interface Ended extends Result {
  readonly signal: NodeJS.Signals | null;
}

export interface Running {
  readonly ended: Promise<Ended>;
  kill(): void;
}

/** Starts the real program in a folder of its own, which is also its home. */
export function startProgram(
  folder: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Running {
  const { PATH = '' } = process.env;
  const nodeArgs = 'EVERGRANT_STEPS' in variables ? ['-r', path.join(__dirname, 'step-preload.js')] : [];
  const child = spawn(process.execPath, [...nodeArgs, path.resolve('dist/cli.js'), ...args], {
    cwd: folder,
    env: { PATH, HOME: folder, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
  const ended = once(child, 'close').then(([code, signal]): Ended => ({ code, signal, ...said })); // as Node documents
  return { ended, kill: () => void child.kill('SIGKILL') };
}

/** Runs the real program, with something happening to it at a step. */
export function runWith(
  plan: StepPlan,
  folder: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const steps = JSON.stringify({ ...plan, folders: foldersOf(folder, variables) });
  return startProgram(folder, args, { ...variables, EVERGRANT_STEPS: steps }).ended;
}

/** Runs the real program and writes down every step it takes. */
export async function recordSteps(
  folder: string,
  args: readonly string[],
  plan: StepPlan = {},
): Promise<{ readonly ended: Ended; readonly steps: readonly Step[] }> {
  const record = `${folder}.steps.json`;
  const steps = JSON.stringify({ ...plan, folders: foldersOf(folder, {}), record });
  const ended = await startProgram(folder, args, { EVERGRANT_STEPS: steps }).ended;
  const taken = JSON.parse(fs.readFileSync(record, 'utf8')) as Step[]; // as the preload writes them
  fs.rmSync(record);
  return { ended, steps: taken };
}

/** The program's own folder, and the one for its state where that is elsewhere. */
function foldersOf(folder: string, { XDG_STATE_HOME: state }: Readonly<Record<string, string>>): string[] {
  return state === undefined ? [folder] : [folder, state];
}

/** A step as a person would call it. */
export function nameOf({ call, place }: Step, folder: string): string {
  return place === '' ? call : `${call} ${path.relative(folder, place) || '.'}`;
}
