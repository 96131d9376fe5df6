import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { afterAll } from 'vitest';
import { buildFolder } from '../../support/build-folder';

/** A process of its own that runs a script against the built program, and talks in lines. */
export interface Child {
  readonly pid: number;
  /** Its next line, or null after its last. */
  line(): Promise<string | null>;
  say(line: string): void;
  kill(signal: NodeJS.Signals): void;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string | null>;
}

export interface ChildOptions {
  /** Another user than this process's. */
  readonly uid?: number;
  /** No file it writes gets longer than this; as a full disk, but by EFBIG. */
  readonly largestFileBytes?: number;
}

/**
 * Runs the body of an async function, in which `dist` requires a module of the built program, `next` gives the next line
 * from the test, and `say` sends one. It ends with the body.
 */
export function startChild(body: string, args: readonly string[] = [], options: ChildOptions = {}): Child {
  const script = `${prelude}(async () => {${body}})().then(() => process.exit(0));`;
  const command = [process.execPath, '-e', script, '--', ...args];
  const limit = `ulimit -f ${Math.ceil((options.largestFileBytes ?? 0) / 512)}; exec "$@"`;
  const [program = '', ...rest] =
    options.largestFileBytes === undefined ? command : ['sh', '-c', limit, '-', ...command];
  const child = spawn(program, rest, {
    stdio: ['pipe', 'pipe', 'inherit'],
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    pid: child.pid ?? 0,
    line: async () => {
      const { value, done } = await lines.next();
      return done === true ? null : value;
    },
    say: (line) => void child.stdin.write(`${line}\n`),
    kill: (signal) => void child.kill(signal),
    ended: endOf(child),
  };
}

const prelude = `
const fs = require('node:fs');
const dist = (name) => require(${JSON.stringify(buildFolder())} + '/' + name);
const say = (line) => process.stdout.write(line + '\\n');
const lines = require('node:readline').createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const next = async () => (await lines.next()).value;
const [...args] = process.argv.slice(1);
`;

function endOf(child: ChildProcess): Promise<number | string | null> {
  return new Promise((resolve) => child.on('close', (code, signal) => resolve(signal ?? code)));
}

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders.splice(0)) fs.rmSync(folder, { recursive: true, force: true });
});

/** A new folder of a test's own, gone after the last test of its file. */
export function makeFolder(): string {
  const folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'evergrant-'));
  folders.push(folder);
  return folder;
}

/** Permission bits don't bind root: such a test runs its work as this user. */
export const nobody = 65_534;
export const isRoot = process.getuid?.() === 0;

export function modeOf(file: string): number {
  return fs.statSync(file).mode & 0o777;
}
