import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import type { Socket } from 'node:net';
import path from 'node:path';
import { buildFolder } from '../../support/build-folder';
import type { Result } from '../../support/program';

/** Loads most of what a run loads, says so on a pipe of its own, and waits there for the start. */
const preload = `
const fs = require('node:fs');
const load = require('node:module').createRequire(${JSON.stringify(path.join(buildFolder(), 'cli.js'))});
for (const name of ['commander', './context', './environment/files/locked-file', './commands/refresh', './commands/token']) load(name);
fs.writeSync(3, 'r');
fs.readSync(3, Buffer.alloc(1));
fs.closeSync(3);
`;

/** Runs the real program many times at once: every process is loaded and waiting before any of them starts. */
export async function runAtOnce(
  folder: string,
  commands: readonly (readonly string[])[],
  variables: Readonly<Record<string, string>> = {},
): Promise<Result[]> {
  const file = path.join(folder, 'barrier.js');
  fs.writeFileSync(file, preload);
  const runs = commands.map((args) => start(file, folder, args, variables));
  try {
    await Promise.all(runs.map(({ ready }) => ready));
    for (const { gate } of runs) gate.write('g');
    return await Promise.all(runs.map(({ result }) => result));
  } finally {
    for (const { child } of runs) child.kill('SIGKILL');
  }
}

interface Run {
  readonly child: ChildProcess;
  readonly gate: Socket;
  readonly ready: Promise<unknown>;
  readonly result: Promise<Result>;
}

function start(
  preloadFile: string,
  folder: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>>,
): Run {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, ['--require', preloadFile, path.join(buildFolder(), 'cli.js'), ...args], {
    cwd: folder,
    env: { PATH, HOME: folder, ...variables },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const gate = child.stdio[3] as Socket; // the pipe asked for above
  gate.on('error', () => undefined); // a process that has ended: its result says so
  const output = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  const result = once(child, 'close').then(([code]): Result => ({ code: code as number | null, ...output })); // as Node documents
  return { child, gate, ready: Promise.race([once(gate, 'data'), result]), result };
}
