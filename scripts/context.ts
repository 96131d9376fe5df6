import { fileStore } from './environment/files/file-store';
import { stateFolderHere } from './environment/files/state-folder';
import type { EnvVariables } from './environment/settings';
import type { EnvironmentStore, StoredEnvironment } from './environment/store';
import type { Reports, Runner } from './newman/send';
import type { RefreshEffects } from './refresh/effects';
import type { Console } from './terminal/console';
import type { StopSignals } from './terminal/signals';
import { quietSignals, silentConsole } from './terminal/silent';

/** Everything that a command has of the world. {@link systemContext} makes it; `cli.ts`, a worker and tests replace fields. */
export interface Context {
  readonly console: Console;
  /** Where the environments are. */
  readonly folder: string;
  /** Where recovery files go when an environment's own folder can't take them. */
  readonly stateFolder: string;
  /** The process's own variables, for a command that is run for somebody. */
  variables(): NodeJS.ProcessEnv;
  /** The process's variables over those of `.env`, which is read at each call. */
  env(): EnvVariables;
  now(): Date;
  sleep(ms: number): Promise<void>;
  readonly signals: StopSignals;
}

/**
 * The world of this process, in silence: nothing is printed, nobody is asked, no signal is caught. Whoever has more than
 * that, such as a terminal, says so.
 */
export function systemContext(own: Pick<Context, 'folder'> & Partial<Context>): Context {
  return {
    console: silentConsole(),
    stateFolder: stateFolderHere(),
    variables: () => process.env,
    env: () => {
      const { envVariablesOf } = require('./environment/files/dotenv') as typeof import('./environment/files/dotenv');
      return envVariablesOf(process.env, process.cwd());
    },
    now: () => new Date(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    signals: quietSignals(),
    ...own,
  };
}

/** One request to Xero takes this long at the most. */
const longestRequestMs = 30_000;

/** The environment that NAME means: a name in the folder, or a path to a file. @throws Failure `invalid` */
export function environmentNamed(context: Context, nameOrPath: string): StoredEnvironment {
  return storeOf(context).environment(nameOrPath);
}

/** Where the environments are kept. */
export function storeOf({ folder, stateFolder }: Context): EnvironmentStore {
  return fileStore(folder, stateFolder);
}

/** Sends requests by Newman, which is loaded only now: that takes longer than most commands run. */
export function runnerOf(context: Context, reports?: Reports, patienceMs = longestRequestMs): Runner {
  const { randomBytes } = require('node:crypto') as typeof import('node:crypto');
  const { newmanRunner } = require('./newman/send') as typeof import('./newman/send');
  const { secrets } = context.console;
  return newmanRunner({ secrets, random: randomBytes, timeoutMs: requestTimeoutMs(patienceMs), reports });
}

/** How long one request may take where a run's patience is this. */
export function requestTimeoutMs(patienceMs: number): number {
  return Math.min(Math.max(patienceMs, 1000), longestRequestMs);
}

/** What a refresh needs of the world; Newman is loaded at the first request. */
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
