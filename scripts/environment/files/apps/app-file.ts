import fs from 'node:fs';
import path from 'node:path';
import { Failure, invalid, quoted, systemCode } from '../../../errors';
import { editApp, parseApp } from '../../app';
import type { App, AppKey, AppValues } from '../../app-values';
import { writeDurably } from '../../disk/atomic-write';
import { isName } from '../../names';
import type { Sealing } from '../../../sealing/sealing';
import type { SealingOf } from '../../environment';
import { appAsKept, isAppAsKept, openedApp } from '../../sealed';
import type { AppFacts, StoredApp } from '../../store';
import { readBelieved } from '../dotenv';
import { fileVersion } from '../file-version';
import { trackingOf } from '../git';
import { takeLock } from '../lock';
import { makeFolders } from '../make-folders';
import { prepareKeep, realPath, temporaryIn } from '../paths';
import { cannotWrite } from '../save-failures';
import { shellQuoted } from '../../../text/shell';
import { letRead } from '../in-the-way';

const ending = '.app.json';

/** The names of the apps that have a file in a folder, sorted. */
export function listApps(folder: string): string[] {
  const files = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  const stems = files.flatMap((file) => (file.endsWith(ending) ? [file.slice(0, -ending.length)] : []));
  return stems.filter(isName).sort();
}

const read = new Map<string, { readonly version: string; readonly app: App }>();

/** The app of this name; read again only when its file has changed, because many environments name the same app. */
export function appIn(folder: string, name: string): App {
  const where = path.join(folder, `${name}${ending}`);
  const version = fileVersion(where);
  const known = read.get(where);
  if (known?.version === version) return known.app;
  const app = readApp(name, where);
  read.set(where, { version, app });
  return app;
}

function readApp(name: string, where: string): App {
  try {
    const text = readBelieved(where);
    return { name, where, values: text === undefined ? undefined : parseApp(text, name, where) };
  } catch (error) {
    if (error instanceof Failure) return { name, where, fault: error };
    const code = systemCode(error);
    if (code === undefined) throw error;
    return { name, where, fault: unreadable(where, code, error) };
  }
}

/** An app, kept in a file beside the environments. @throws Failure `invalid` for a name that no app may have */
export function storedApp(folder: string, name: string, sealing: SealingOf): StoredApp {
  if (!isName(name)) throw noName(name);
  const where = path.join(folder, `${name}${ending}`);
  return {
    name,
    where,
    read: async () => appIn(folder, name),
    values: async () => openedApp(appIn(folder, name), sealing()),
    change: async (values, waitMs) => await change({ folder, name, sealing: sealing() }, () => values, waitMs),
    reseal: async (waitMs) => {
      const now = sealing();
      const app = appIn(folder, name);
      if (app.values === undefined || isAppAsKept(app, now)) return 0;
      await change({ folder, name, sealing: now, isAll: true }, (before) => before, waitMs);
      return 1;
    },
    facts: async () => factsOf(where),
  };
}

interface AppPlace {
  readonly folder: string;
  readonly name: string;
  readonly sealing: Sealing | undefined;
  /** Whether secrets are written that have not changed. */
  readonly isAll?: true;
}

/** Writes values into an app's file, the real one behind a link, under a lock of its own, and makes the file if it is not there. */
async function change(
  { folder, name, sealing, isAll }: AppPlace,
  valuesFor: (before: AppValues) => AppValues,
  waitMs: number,
): Promise<readonly AppKey[]> {
  const where = path.join(folder, `${name}${ending}`);
  if (trackingOf(where) === 'tracked') throw tracked(where);
  try {
    makeFolders(folder);
    const real = realPath(where);
    const keep = path.join(path.dirname(real), '.evergrant');
    prepareKeep(keep);
    const lock = await takeLock(path.join(keep, `${path.basename(real)}.lock`), name, waitMs);
    try {
      const text = readBelieved(where) ?? '{}';
      const before = openedApp({ name, where, values: parseApp(text, name, where) }, sealing) ?? {};
      const values = valuesFor(before);
      const changed = Object.entries(values).filter(([key, value]) => value !== (before[key as AppKey] ?? '')); // our own keys
      const written = appAsKept(name, isAll === true ? values : Object.fromEntries(changed), sealing);
      if (Object.keys(written).length > 0) {
        writeDurably(real, editApp(text, written, name, where), temporaryIn(keep, 'tmp'));
      }
      return changed.map(([key]) => key as AppKey);
    } finally {
      lock.release();
    }
  } catch (error) {
    throw error instanceof Failure ? error : cannotWrite(where, error);
  }
}

function noName(name: string): Failure {
  const hint = 'names are small letters, digits, dot, dash and underscore, as in --app books';
  return invalid('bad_name', `${quoted(name)} is no name for an app`, hint);
}

function tracked(where: string): Failure {
  return invalid(
    'tracked_by_git',
    `${where} is tracked by git, so its secret would be committed`,
    `take it out: git rm --cached ${shellQuoted(where)}, commit, then run again with a new secret if it was pushed`,
  );
}

function factsOf(where: string): AppFacts {
  const hasModes = process.platform !== 'win32';
  return {
    isReadableByOthers: hasModes && ((fs.statSync(where, { throwIfNoEntry: false })?.mode ?? 0) & 0o077) !== 0,
    isTracked: trackingOf(where) === 'tracked',
  };
}

function unreadable(where: string, code: string, cause: unknown): Failure {
  return invalid('unreadable', `cannot read ${where} (${code})`, letRead(where), cause);
}
