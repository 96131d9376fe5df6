import path from 'node:path';
import { homeFolder } from '../../owner/user';

/** What decides where a process may keep state. */
export interface StatePlaces {
  readonly variables: NodeJS.ProcessEnv;
  readonly platform: string;
  /** Undefined for a user who has none. */
  readonly home: string | undefined;
  readonly userId: number | undefined;
}

/** The folder in which this process keeps state. */
export function stateFolderHere(): string {
  const { env: variables, platform } = process;
  return stateFolderOf({ variables, platform, home: homeFolder(), userId: process.getuid?.() });
}

/**
 * The folder for state: by the XDG base directories, or the equivalent on Windows. A relative path is ignored, as that
 * specification says; otherwise tokens would be written into the folder in which the command runs. When no variable is
 * set, it is a folder of this user in `/var/tmp`.
 */
export function stateFolderOf({ variables, platform, home, userId }: StatePlaces): string {
  const { join, isAbsolute } = platform === 'win32' ? path.win32 : path.posix;
  const first = (...folders: readonly (string | undefined)[]): string | undefined =>
    folders.find((folder) => folder !== undefined && isAbsolute(folder));
  if (platform === 'win32') {
    return join(first(variables['LOCALAPPDATA'], home, variables['TEMP']) ?? 'C:\\ProgramData', 'evergrant');
  }
  const atHome = first(home);
  const folder = first(variables['XDG_STATE_HOME'], atHome && join(atHome, '.local/state'));
  return folder === undefined ? join('/var/tmp', `evergrant-${userId ?? 'user'}`) : join(folder, 'evergrant');
}
