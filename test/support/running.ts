import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { canonical } from './commands';
import { projectFolder } from './project';

/** The real program under way, as a process of its own. */
export interface Running {
  readonly pid: number;
  /** What a test may stop reading. */
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** What it has said so far, in both streams. */
  said(): string;
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningOptions {
  readonly variables?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Loaded before the program. */
  readonly preload?: string;
  /** Another copy of the program than ours. */
  readonly program?: string;
  /** The Node.js that runs it; this one without. */
  readonly node?: string | undefined;
  /** The user that it runs as. */
  readonly uid?: number;
}

/** Starts the program in a folder, which is also its home. */
export function startProgram(folder: string, args: readonly string[], options: RunningOptions = {}): Running {
  const {
    variables = {},
    input = '',
    preload,
    uid,
    node = process.execPath,
    program = path.join(projectFolder(), 'dist/cli.js'),
  } = options;
  const { PATH = '' } = process.env;
  const before = preload === undefined ? [] : ['--require', preload];
  const child = spawn(node, [...before, program, ...args], {
    cwd: folder,
    env: { PATH, HOME: folder, ...variables },
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
  child.stdin.on('error', () => undefined).end(input);
  return {
    pid: child.pid ?? 0,
    stdout: child.stdout,
    stderr: child.stderr,
    said: () => canonical(said.stdout + said.stderr),
    signal: (name) => void child.kill(name),
    ended: once(child, 'close').then(([code]): Ended => ({
      code: code as number | null, // as Node documents
      stdout: canonical(said.stdout),
      stderr: canonical(said.stderr),
    })),
  };
}

/** The first line of its results; empty when it ended without one. */
export function firstLineOf(running: Running): Promise<string> {
  return lineOf(running, /(?:)/);
}

/** The first line of its results that matches; empty when it ended without one. */
export async function lineOf({ stdout, ended }: Running, pattern: RegExp): Promise<string> {
  const lines = createInterface(stdout);
  const found = new Promise<string>((resolve) =>
    lines.on('line', (line) => {
      if (pattern.test(line)) resolve(line);
    }),
  );
  return Promise.race([found, ended.then(() => '')]);
}
