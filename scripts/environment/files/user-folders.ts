import fs from 'node:fs';
import path from 'node:path';
import { homeFolder } from '../../owner/user';
import { refuseForeign } from './trust';

/** What decides where a process may keep files. */
interface UserPlaces {
  readonly variables: NodeJS.ProcessEnv;
  readonly platform: string;
  /** Undefined for a user who has none. */
  readonly home: string | undefined;
  readonly userId: number | undefined;
}

/** The folder in which this process keeps state. */
export function stateFolderHere(): string {
  const { env: variables, platform } = process;
  const folder = stateFolderOf({ variables, platform, home: homeFolder(), userId: process.getuid?.() });
  if (path.dirname(folder) === sharedFolder) refuseMadeByOther(folder);
  return folder;
}

/** Where every user makes files. */
const sharedFolder = '/var/tmp';

/** @throws Failure `foreign_file` for a folder of this name that another user has made */
function refuseMadeByOther(folder: string): void {
  const stat = fs.lstatSync(folder, { throwIfNoEntry: false });
  if (stat !== undefined) refuseForeign(stat, folder);
}

/**
 * The folder for state: by the XDG base directories, or the equivalent on Windows. A relative path is ignored, as that
 * specification says; otherwise tokens would be written into the folder in which the command runs. When no variable is
 * set, it is a folder of this user in `/var/tmp`.
 */
export function stateFolderOf({ variables, platform, home, userId }: UserPlaces): string {
  const { join, isAbsolute } = platform === 'win32' ? path.win32 : path.posix;
  const first = (...folders: readonly (string | undefined)[]): string | undefined =>
    folders.find((folder) => folder !== undefined && isAbsolute(folder));
  if (platform === 'win32') {
    return join(first(variables['LOCALAPPDATA'], home, variables['TEMP']) ?? 'C:\\ProgramData', 'evergrant');
  }
  const atHome = first(home);
  const folder = first(variables['XDG_STATE_HOME'], atHome && join(atHome, '.local/state'));
  return folder === undefined ? join(sharedFolder, `evergrant-${userId ?? 'user'}`) : join(folder, 'evergrant');
}

/** The folder of the environments of a whole machine, which services use. */
const systemDataFolder = '/var/lib/evergrant';

/**
 * The folder of the environments when none was named: `environments` in the working folder if it is there, otherwise the
 * one of {@link dataFolderOf}. For a user without a home it is the first, which is then missed where it is read.
 */
export function environmentsFolderHere(): string {
  if (statOf(usualFolder)?.isDirectory() === true) return usualFolder;
  const { env: variables, platform } = process;
  const systemFolderOwner = statOf(systemDataFolder)?.uid;
  const places = { variables, platform, home: homeFolder(), userId: process.getuid?.(), systemFolderOwner };
  return dataFolderOf(places) ?? usualFolder;
}

const usualFolder = 'environments';

function statOf(folder: string): fs.Stats | undefined {
  try {
    return fs.statSync(folder);
  } catch {
    return undefined; // not there, or out of this user's reach
  }
}

/**
 * The folder for data: {@link systemDataFolder} for root and for the user who owns it, otherwise by the XDG base
 * directories, or the equivalent on Windows. Undefined for a user without a home.
 */
export function dataFolderOf({
  variables,
  platform,
  home,
  userId,
  systemFolderOwner,
}: UserPlaces & { readonly systemFolderOwner: number | undefined }): string | undefined {
  const { join, isAbsolute } = platform === 'win32' ? path.win32 : path.posix;
  const first = (...folders: readonly (string | undefined)[]): string | undefined =>
    folders.find((folder) => folder !== undefined && isAbsolute(folder));
  const atHome = first(home);
  if (userId !== undefined && (userId === 0 || userId === systemFolderOwner)) return systemDataFolder; // never Windows
  const folder =
    platform === 'win32'
      ? first(variables['LOCALAPPDATA'], home)
      : first(variables['XDG_DATA_HOME'], atHome && join(atHome, '.local/share'));
  return folder && join(folder, 'evergrant');
}
