import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { canonical } from './commands';
import { projectFolder } from './project';
import { checkJson } from './schemas';

export interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder of its own with environments, in which the real program runs as a process of its own. */
export interface Workplace {
  readonly folder: string;
  fileOf(name: string): string;
  write(name: string, text: string): void;
  /** The rows of an environment. */
  rows(name: string): Record<string, string>;
  run(args: readonly string[], options?: RunOptions): Promise<Result>;
}

export interface RunOptions {
  readonly variables?: Readonly<Record<string, string>>;
  readonly input?: string;
}

export function makeWorkplace(): Workplace {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'evergrant-'));
  fs.mkdirSync(path.join(folder, 'environments'));
  const fileOf = (name: string): string => path.join(folder, 'environments', `${name}.postman_environment.json`);
  return {
    folder,
    fileOf,
    write: (name, text) => fs.writeFileSync(fileOf(name), text, { mode: 0o600 }),
    rows: (name) => {
      const { values } = JSON.parse(fs.readFileSync(fileOf(name), 'utf8')) as {
        values: { key: string; value: string }[];
      };
      return Object.fromEntries(values.map(({ key, value }) => [key, value]));
    },
    run: (args, options = {}) => runProgram([path.join(projectFolder(), 'dist/cli.js'), ...args], folder, options),
  };
}

export function runProgram(
  args: readonly string[],
  cwd: string,
  { variables = {}, input = '' }: RunOptions,
): Promise<Result> {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, args, { cwd, env: { PATH, HOME: cwd, ...variables } });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  child.stdin.on('error', () => undefined).end(input);
  return once(child, 'close').then(([code]) => {
    const result = {
      code: code as number | null, // as Node documents
      stdout: canonical(output.stdout),
      stderr: canonical(output.stderr),
    };
    checkJson(args, result);
    return result;
  });
}
