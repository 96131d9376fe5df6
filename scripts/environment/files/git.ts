import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { systemCode } from '../../errors';
import { isTrusted } from './trust';

/** Whether git tracks a file; `unknown` when finding out would mean running git in another user's repository. */
export type Tracking = 'tracked' | 'untracked' | 'unknown';

const filesByFolder = new Map<string, ReadonlySet<string> | undefined>();

/** Whether git is known to track a file, with links resolved; then its tokens would be committed. */
export function isTracked(real: string): boolean {
  return trackingOfReal(real) === 'tracked';
}

/**
 * Asks git for the files of this folder alone. A repository's configuration names commands that git runs, so git is
 * started only where the repository is this user's own, and even there with every option off that is known to run a
 * command.
 */
export function trackingOf(file: string): Tracking {
  return trackingOfReal(realPath(file));
}

function trackingOfReal(real: string): Tracking {
  const folder = path.dirname(real);
  if (!filesByFolder.has(folder)) filesByFolder.set(folder, trackedIn(folder));
  const files = filesByFolder.get(folder);
  if (files === undefined) return 'unknown';
  return files.has(path.basename(real)) ? 'tracked' : 'untracked';
}

/** The names of the tracked files in a folder and below; undefined when that can't be found out. */
function trackedIn(folder: string): ReadonlySet<string> | undefined {
  const place = repositoryAbove(folder);
  if (place === undefined) return new Set();
  return isOwn(place) ? listFiles(folder, place) : undefined;
}

const longestMs = 5000;
const largestBytes = 64 * 1024 * 1024;

function listFiles(folder: string, worktree: string): ReadonlySet<string> | undefined {
  const args = [...harmless, '--work-tree', worktree, '-C', folder, 'ls-files', '-z', '--sparse'];
  const options = { encoding: 'utf8', env: environment(), timeout: longestMs, killSignal: 'SIGKILL' } as const;
  const { status, stdout } = spawnSync('git', args, { ...options, maxBuffer: largestBytes });
  if (status !== 0) return undefined;
  const files = stdout.split('\0');
  return files.some((file) => /^(\.\.?)?\/$/.test(file)) ? undefined : new Set(files); // collapsed in a sparse index
}

/** Switches off the commands that the owner's own configuration may name. */
const harmless = [
  '--no-pager',
  ...['-c', 'core.fsmonitor=false'],
  ...['-c', 'core.hooksPath=/dev/null'],
  ...['-c', 'safe.bareRepository=explicit'],
];

/** Only the path to git is inherited: not `GIT_*` and `SUDO_*`, which disable git's own protection, and no secret. */
function environment(): NodeJS.ProcessEnv {
  const { PATH, PATHEXT, SYSTEMROOT } = process.env;
  return {
    ...{ PATH, PATHEXT, SYSTEMROOT },
    LC_ALL: 'C',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    GIT_DISCOVERY_ACROSS_FILESYSTEM: '1',
  };
}

/** The folder that git would take for a repository. Not searched by git, which is slow; most files are in none. */
function repositoryAbove(folder: string): string | undefined {
  const isThere = (name: string): boolean =>
    fs.lstatSync(path.join(folder, name), { throwIfNoEntry: false }) !== undefined;
  if (isThere('.git') || ['HEAD', 'objects', 'refs'].every(isThere)) return folder;
  const parent = path.dirname(folder);
  return parent === folder ? undefined : repositoryAbove(parent);
}

/** Whether this user owns every place of git's configuration: the folder, `.git`, and what a `.git` file names. */
function isOwn(folder: string): boolean {
  try {
    const git = path.join(folder, '.git');
    const own = fs.lstatSync(git).isFile() ? namedBy(git, /^gitdir: (.*[^\n])\n*$/s) : git;
    const common = fs.existsSync(path.join(own, 'commondir'))
      ? namedBy(path.join(own, 'commondir'), /^(.*[^\n])\n*$/s)
      : own;
    const config = path.join(common, 'config');
    return [folder, git, own, common, config].every(isMine);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return false; // a bare repository, or one that this user can't read
  }
}

function namedBy(file: string, form: RegExp): string {
  const [, name = ''] = form.exec(fs.readFileSync(file, 'utf8')) ?? [];
  return path.resolve(path.dirname(file), name);
}

function isMine(place: string): boolean {
  const stat = fs.lstatSync(place);
  return isTrusted(stat) && stat.uid === (process.geteuid?.() ?? stat.uid);
}

function realPath(file: string): string {
  try {
    return fs.realpathSync.native(file);
  } catch {
    return path.resolve(file); // it does not exist, so it is not tracked
  }
}
