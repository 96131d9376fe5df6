import fs from 'node:fs';
import path from 'node:path';
import { noKeys, type Keys } from '../../sealing/keys';
import { has, type Environment, type SealingOf } from '../environment';
import { generationOf, isHandedOver } from '../grant';
import { isOfItsLink } from '../restore';
import { readable, type EnvironmentStore, type Look, type StoredEnvironment } from '../store';
import { checkName, environmentReader, folderOf, listEnvironments, noEnvironments, resolveEnvironment } from './files';
import type { Place } from './moving/place';
import { isLinkAt, isSameFolder, pathsOf, type Paths } from './paths';
import { sealingIn } from './sealed/sealing-in';

/**
 * The store of environments that are files in a folder. Recovery files go to `stateFolder` when the folder can't take
 * them. Most runs find nothing due, so modules that are seldom needed are loaded when they are used.
 */
export function fileStore(folder: string, stateFolder: string, keys: Keys = noKeys): EnvironmentStore {
  const sealing = sealingIn(folder, keys);
  const sealingOf = (home: string): SealingOf => (home === folder ? sealing : sealingIn(home, keys));
  const elsewhere = new Map<string, EnvironmentStore>();
  const homeOf = (nameOrPath: string): EnvironmentStore => {
    const home = folderOf(folder, nameOrPath);
    if (isSameFolder(home, folder)) return store;
    const known = elsewhere.get(home) ?? fileStore(home, stateFolder, keys);
    elsewhere.set(home, known);
    return known;
  };
  const environment = (nameOrPath: string): StoredEnvironment => {
    const { name, file } = resolveEnvironment(folder, nameOrPath);
    checkName(name);
    return environmentInFile(name, file, stateFolder, sealingOf(path.dirname(file)));
  };
  const placeOf = (nameOrPath: string, waitMs: number): Place => {
    const { name, file } = resolveEnvironment(folder, nameOrPath);
    const sealing = sealingOf(path.dirname(file));
    return { name, file, stateFolder, sealing, lock: () => environment(nameOrPath).lock(waitMs) };
  };
  const store: EnvironmentStore = {
    where: folder,
    homeOf,
    noneFound: () => noEnvironments(folder),
    names: async () => listEnvironments(folder),
    environment,
    rename: async (nameOrPath, to, waitMs) => {
      const { renameFile } = require('./moving/rename') as typeof import('./moving/rename');
      await renameFile(placeOf(nameOrPath, waitMs), to);
    },
    currentName: async (former) => {
      const { currentName } = require('./moving/former-name') as typeof import('./moving/former-name');
      return currentName(folder, former);
    },
    remove: async (nameOrPath, waitMs, mayGo) => {
      const { removeFile } = require('./moving/remove') as typeof import('./moving/remove');
      await removeFile(placeOf(nameOrPath, waitMs), mayGo);
    },
    apps: async () => {
      const { listApps } = require('./apps/app-file') as typeof import('./apps/app-file');
      return listApps(folder);
    },
    app: (name) => {
      const { storedApp } = require('./apps/app-file') as typeof import('./apps/app-file');
      return storedApp(folder, name, sealing);
    },
    clients: () => {
      const { clientsInFolder } = require('./shared/client-file') as typeof import('./shared/client-file');
      return clientsInFolder(folder);
    },
    keyRing: () => {
      const { keyRingIn } = require('./sealed/stored-ring') as typeof import('./sealed/stored-ring');
      return keyRingIn(folder, sealing);
    },
    look: (names) => look(names, environment),
    lastAttempts: async () => {
      const { lastAttempts } = require('./attempts/read-attempts') as typeof import('./attempts/read-attempts');
      return lastAttempts(folder);
    },
    said: async () => {
      const { saidIn } = require('./told/said') as typeof import('./told/said');
      return saidIn(folder);
    },
    lockSaid: async (waitMs) => {
      const { lockSaid } = require('./told/said') as typeof import('./told/said');
      return await lockSaid(folder, waitMs);
    },
    days: async (now) => {
      const { daysIn } = require('./attempts/read-days') as typeof import('./attempts/read-days');
      return daysIn(folder, now);
    },
    claims: async (nameIn) => {
      const { NameIndex } = require('./name-index') as typeof import('./name-index');
      return new NameIndex(folder, nameIn);
    },
  };
  return store;
}

async function* look(
  names: readonly string[],
  environmentOf: (name: string) => StoredEnvironment,
): AsyncGenerator<Look> {
  for (const given of names) yield await lookAt(given, environmentOf);
}

async function lookAt(given: string, environmentOf: (name: string) => StoredEnvironment): Promise<Look> {
  try {
    const stored = environmentOf(given);
    const environment = await stored.read();
    return { given, environment, hasRecovery: (await stored.hasRecovery(environment)) || (await stored.hasPending()) };
  } catch (error) {
    return { given, error };
  }
}

/** Most have tokens, and nothing more is read for them. */
function mayBeOlderCopy(environment: Environment): boolean {
  return !has(environment, 'refresh_token') && has(environment, 'consent_state');
}

/** One environment, kept in a file; `home` is the folder in which its app is looked for. */
export function environmentInFile(
  name: string,
  file: string,
  stateFolder: string,
  sealing: SealingOf = sealingIn(path.dirname(file), noKeys),
  home = path.dirname(file),
): StoredEnvironment {
  const reader = environmentReader(name, file, sealing, home);
  let known: Paths | undefined;
  const paths = (): Paths => (known ??= pathsOf(file, stateFolder));
  return {
    name,
    where: file,
    exists: async () => fs.existsSync(file),
    create: async (text) => {
      const { writeNew } = require('./template') as typeof import('./template');
      const { textAsKept } = require('../sealed') as typeof import('../sealed');
      writeNew(file, textAsKept(reader.parse(text), sealing(), file), name);
    },
    read: async () => reader.read(),
    realFile: () => ({ file: paths().file, isLink: isLinkAt(file) }),
    version: () => {
      const { fileVersion } = require('./file-version') as typeof import('./file-version');
      return fileVersion(file);
    },
    hadName: async (former) => {
      const { currentName } = require('./moving/former-name') as typeof import('./moving/former-name');
      return currentName(home, former) === name;
    },
    hasRecovery: async (known) => {
      if (paths().hasRecovery()) return true;
      const environment = known ?? (await readable({ read: async () => reader.read() }));
      if (environment === undefined || !mayBeOlderCopy(environment)) return false;
      const { readGenerations } = require('./generations') as typeof import('./generations');
      const [newest] = readGenerations(paths(), reader, generationOf(environment));
      return newest !== undefined && (isHandedOver(newest) || isOfItsLink(newest, environment));
    },
    hasPending: async () => fs.existsSync(paths().pending),
    hasAside: async () => {
      const { hasAside } = require('./aside') as typeof import('./aside');
      return hasAside(paths());
    },
    lock: async (waitMs) => {
      const { lockFile } = require('./locked-file') as typeof import('./locked-file');
      const storedAt = (place: string): StoredEnvironment => environmentInFile(name, place, stateFolder, sealing, home);
      return await lockFile(reader, paths(), storedAt, waitMs);
    },
    postponedUntil: async () => {
      const { postponedIn, readLockNote } = require('./lock') as typeof import('./lock');
      return postponedIn(readLockNote(paths().lock));
    },
    isLocked: async () => {
      const { isLocked } = require('./lock') as typeof import('./lock');
      return isLocked(paths().lock);
    },
    attempts: async () => {
      const { attemptsAt } = require('./attempts/read-attempts') as typeof import('./attempts/read-attempts');
      return attemptsAt(name, path.dirname(file));
    },
    record: async (attempt) => {
      const { writeAttempt } = require('./attempts/attempt-log') as typeof import('./attempts/attempt-log');
      writeAttempt(path.dirname(file), attempt);
    },
    lastNotified: async () => {
      const { lastNotified } = require('./told/last-notified') as typeof import('./told/last-notified');
      return lastNotified(paths());
    },
    lockNotified: async () => {
      const { lockNotified } = require('./told/last-notified') as typeof import('./told/last-notified');
      return lockNotified(paths());
    },
    facts: async () => {
      const { factsOf } = require('./file-facts') as typeof import('./file-facts');
      return factsOf(file, paths());
    },
  };
}
