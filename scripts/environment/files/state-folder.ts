import path from 'node:path';
import { homeFolder } from '../../owner/user';

/** What says where a process may keep state. */
export interface StatePlaces {
  readonly variables: NodeJS.ProcessEnv;
  readonly platform: string;
  /** Undefined for a user without one. */
  readonly home: string | undefined;
  readonly userId: number | undefined;
}

/** Where this process keeps state. */
export function stateFolderHere(): string {
  const { env: variables, platform } = process;
  return stateFolderOf({ variables, platform, home: homeFolder(), userId: process.getuid?.() });
}

/**
 * Where programs keep state: the XDG base directories, and their like on Windows. A relative path counts as none, by
 * their specification: tokens would land in whatever folder this runs in. Without any there is a folder of this user's in
 * `/var/tmp`.
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
