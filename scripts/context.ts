import type { Database } from './environment/database/database';
import { storeVariable } from './environment/env-names';
import { valueOfApp } from './environment/environment';
import { fileStore } from './environment/files/file-store';
import { stateFolderHere } from './environment/files/user-folders';
import type { EnvVariables } from './environment/settings';
import type { EnvironmentStore, StoredEnvironment } from './environment/store';
import { Failure, invalid, systemCode } from './errors';
import type { Reports, Runner } from './newman/send';
import type { RefreshEffects } from './refresh/effects';
import type { SecretEffects } from './refresh/second-secret';
import { keysOf, type Keys } from './sealing/keys';
import type { Console } from './terminal/console';
import { pointedTo } from './terminal/elsewhere';
import type { StopSignals } from './terminal/signals';
import { quietSignals, silentConsole } from './terminal/silent';
import { workingFolder } from './terminal/working-folder';

/**
 * Everything that a command uses from outside. Made by {@link systemContext}; `cli.ts`, workers and tests replace
 * fields.
 */
export interface Context {
  readonly console: Console;
  /** The folder with the environments, and with the `.env` that goes with them. */
  readonly folder: string;
  /**
   * The URL of a database with the environments, '' for files in the folder; undefined for what the variables say. See
   * {@link storeUrlOf}.
   */
  readonly store?: string | undefined;
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
  const here = workingFolder();
  return here === undefined ? [environments] : [here, environments];
}

/** The time limit of one request to Xero. */
const longestRequestMs = 30_000;

/** The environment for NAME: a name in the folder, or a path to a file. @throws Failure `invalid` */
export function environmentNamed(context: Context, nameOrPath: string): StoredEnvironment {
  return storeOf(context).environment(nameOrPath);
}

/** Where an environment really is: the same for a file and links to it. */
export function realPlaceIn(context: Context): (name: string) => string {
  return (name) => environmentNamed(context, name).realFile?.().file ?? name;
}

/** A text about an environment, as it was given, whose commands find that very environment. */
export function pointing(context: Context, given: string, text: string): string {
  if (!/[\\/]|\.json$/.test(given) || storeUrlOf(context) !== '') return text;
  const { elsewhereFrom } = require('./environment/files/elsewhere') as typeof import('./environment/files/elsewhere');
  const elsewhere = elsewhereFrom(context.folder, given);
  return elsewhere === undefined ? text : pointedTo(text, elsewhere);
}

/** The URL of the database with the environments; '' where they are files. */
export function storeUrlOf(context: Context): string {
  return context.store ?? context.env()[storeVariable]?.trim() ?? '';
}

const stores = new WeakMap<Context, EnvironmentStore>();

/** The store of the environments; the same one each time for the same context. @throws Failure `invalid` */
export function storeOf(context: Context): EnvironmentStore {
  const store = stores.get(context) ?? openStore(context);
  stores.set(context, store);
  return store;
}

/**
 * This process's variables for a command or a hook: without these secrets, and without the password of the store's
 * database, which a child finds elsewhere.
 */
export function harmlessVariables(context: Context, secrets: ReadonlySet<string>): NodeJS.ProcessEnv {
  const { withoutSecrets, withoutStorePassword } =
    require('./environment/harmless-variables') as typeof import('./environment/harmless-variables');
  const store = storeUrlOf(context);
  const all = new Set([...secrets, ...(store === '' ? [] : passwordsOf(store, context.env()))]);
  return withoutSecrets(withoutStorePassword(context.variables(), store), all);
}

/** The password of a database, if it takes one from here. @throws Failure `invalid` */
function passwordsOf(store: string, env: EnvVariables): string[] {
  const { connectionTo } = require('./environment/database/url') as typeof import('./environment/database/url');
  const { password } = connectionTo(store, env);
  return password === '' ? [] : [password];
}

/** The database with the environments, for what is done to it as a whole. @throws Failure `invalid` where they are files */
export function databaseOf(context: Context): Database {
  const url = storeUrlOf(context);
  if (url === '') {
    const hint = 'name a database: --store postgres://host/name, or EVERGRANT_STORE in .env';
    throw invalid(
      'no_store',
      `the environments are files in ${context.folder}, and there is no database to do that to`,
      hint,
    );
  }
  const { databaseAt } =
    require('./environment/database/open-store') as typeof import('./environment/database/open-store');
  return databaseAt(url, { env: context.env(), secrets: context.console.secrets, keys: keysHere(context) });
}

/** Where the keys of sealed values come from, by this process's variables. */
export function keysHere(context: Context): Keys {
  const known = keys.get(context) ?? keysOf(context.variables(), context.env, context.console.secrets);
  keys.set(context, known);
  return known;
}

/** A command that prints the key is run once for a context. */
const keys = new WeakMap<Context, Keys>();

function openStore(context: Context): EnvironmentStore {
  const { folder, stateFolder, console } = context;
  const url = storeUrlOf(context);
  if (url === '') return fileStore(folder, stateFolder, keysHere(context));
  const { openDatabaseStore } =
    require('./environment/database/open-store') as typeof import('./environment/database/open-store');
  return openDatabaseStore(url, {
    env: context.env(),
    stateFolder,
    secrets: console.secrets,
    keys: keysHere(context),
    say: console.say,
  });
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
    ...secretEffects(context),
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

/** What trying the other secret of an app needs, while secrets are replaced. */
export function secretEffects(context: Context): SecretEffects {
  return {
    env: context.env(),
    remember: async (environment, secret) => {
      const { app } = environment;
      if (app === undefined || valueOfApp(environment, 'client_secret_previous') !== secret) return; // it came from the process or `.env`
      const refused = valueOfApp(environment, 'client_secret');
      try {
        await storeOf(context).app(app.name).change({ client_secret: secret, client_secret_previous: refused }, 0);
      } catch (error) {
        const isTrouble = error instanceof Failure || systemCode(error) !== undefined;
        if (!isTrouble) throw error; // the next run tries both again
      }
    },
  };
}
