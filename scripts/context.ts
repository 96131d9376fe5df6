import { fileStore } from './environment/files/file-store';
import { stateFolderHere } from './environment/files/user-folders';
import type { EnvVariables } from './environment/settings';
import type { EnvironmentStore, StoredEnvironment } from './environment/store';
import type { Reports, Runner } from './newman/send';
import type { RefreshEffects } from './refresh/effects';
import type { Console } from './terminal/console';
import type { StopSignals } from './terminal/signals';
import { quietSignals, silentConsole } from './terminal/silent';

/**
 * Everything that a command uses from outside. Made by {@link systemContext}; `cli.ts`, workers and tests replace
 * fields.
 */
export interface Context {
  readonly console: Console;
  /** The folder with the environments. */
  readonly folder: string;
  /** The folder for recovery files when an environment's own folder can't take them. */
  readonly stateFolder: string;
  /** The process's own variables, for a command that `exec` runs. */
  variables(): NodeJS.ProcessEnv;
  /** The process's variables and those of both `.env`, which are read at each call; the process's come first. */
  env(): EnvVariables;
  now(): Date;
  sleep(ms: number): Promise<void>;
  readonly signals: StopSignals;
}

/**
 * The context of this process with a silent console: it prints nothing, asks nothing and handles no signal. A caller
 * that has more, such as a terminal, passes it.
 */
export function systemContext(own: Pick<Context, 'folder'> & Partial<Context>): Context {
  return {
    console: silentConsole(),
    stateFolder: stateFolderHere(),
    variables: () => process.env,
    env: () => {
      const { envVariablesOf } = require('./environment/files/dotenv') as typeof import('./environment/files/dotenv');
      return envVariablesOf(process.env, dotEnvFolders(own.folder));
    },
    now: () => new Date(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    signals: quietSignals(),
    ...own,
  };
}

/** The folders whose `.env` counts, the first one most: the working folder, and that of the environments. */
export function dotEnvFolders(environments: string): string[] {
  return [process.cwd(), environments];
}

/** The time limit of one request to Xero. */
const longestRequestMs = 30_000;

/** The environment for NAME: a name in the folder, or a path to a file. @throws Failure `invalid` */
export function environmentNamed(context: Context, nameOrPath: string): StoredEnvironment {
  return storeOf(context).environment(nameOrPath);
}

/** The store of the environments. */
export function storeOf({ folder, stateFolder }: Context): EnvironmentStore {
  return fileStore(folder, stateFolder);
}

/** Sends requests by Newman, which is loaded only here: loading it takes longer than most commands run. */
export function runnerOf(context: Context, reports?: Reports, patienceMs = longestRequestMs): Runner {
  const { randomBytes } = require('node:crypto') as typeof import('node:crypto');
  const { newmanRunner } = require('./newman/send') as typeof import('./newman/send');
  const { secrets } = context.console;
  return newmanRunner({ secrets, random: randomBytes, timeoutMs: requestTimeoutMs(patienceMs), reports });
}

/** The time limit of one request, for a run's patience. */
export function requestTimeoutMs(patienceMs: number): number {
  return Math.min(Math.max(patienceMs, 1000), longestRequestMs);
}

/** The effects of a refresh. Newman is loaded at the first request. */
export function refreshEffects(context: Context, patienceMs: number, reports?: Reports): RefreshEffects {
  let runner: Runner | undefined;
  return {
    env: context.env(),
    now: context.now,
    sleep: context.sleep,
    monotonicMs: () => performance.now(),
    random: Math.random,
    isStopping: context.signals.isStopping,
    uninterrupted: context.signals.uninterrupted,
    ask: async (settings, request, onAnswer) => {
      runner ??= runnerOf(context, reports, patienceMs);
      await runner.send(settings, request, { onAnswer });
    },
  };
}
