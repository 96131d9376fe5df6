import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { projectFolder } from './project';
import { runProgram, type Result, type RunOptions } from './program';
import { startProgram, type Running, type RunningOptions } from './running';

/** One of several machines that share a database: a folder and a disk of its own. */
export interface Machine {
  readonly folder: string;
  readonly stateFolder: string;
  /** Writes a file for its user alone; returns its path. */
  write(name: string, text: string): string;
  run(args: readonly string[], options?: RunOptions): Promise<Result>;
  start(args: readonly string[], options?: RunningOptions): Running;
  remove(): void;
}

/** A machine whose environments are in this database, unless its variables say otherwise. */
export function makeMachine(store: string, own: Readonly<Record<string, string>> = {}): Machine {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'evergrant-machine-'));
  const stateFolder = path.join(folder, 'state');
  const variables = { EVERGRANT_STORE: store, XDG_STATE_HOME: stateFolder, ...own };
  return {
    folder,
    stateFolder,
    write: (name, text) => {
      const file = path.join(folder, name);
      fs.writeFileSync(file, text, { mode: 0o600 });
      return file;
    },
    run: (args, options = {}) =>
      runProgram([path.join(projectFolder(), 'dist/cli.js'), ...args], folder, {
        ...options,
        variables: { ...variables, ...options.variables },
      }),
    start: (args, options = {}) =>
      startProgram(folder, args, { ...options, variables: { ...variables, ...options.variables } }),
    remove: () => fs.rmSync(folder, { recursive: true }),
  };
}
