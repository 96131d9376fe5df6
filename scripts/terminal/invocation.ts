import fs from 'node:fs';
import path from 'node:path';
import { packageFolder } from '../package-folder';
import { shellQuoted } from '../text/shell';
import { workingFolder } from './working-folder';

/** What shows how a process was started, and what the shell of its user will find. */
export interface Start {
  /** Node.js, then the file that it runs: `process.argv`. */
  readonly argv: readonly string[];
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly workingFolder: string;
  readonly platform: string;
  readonly userId: number | undefined;
  /** The folder of the package that this program is in. */
  readonly packageFolder: string;
  /** The folder of the environments as it was given, and by what. */
  readonly environments: { readonly folder: string; readonly source: 'flag' | 'variable' | 'default' } | undefined;
  /** The URL of the store, as a flag gave it. It has no password. */
  readonly store?: string | undefined;
  /** The user as whom root lets the command run; undefined when it runs as the user who started it. */
  readonly owner?: string | undefined;
  /** The file that a path leads to by all links; undefined when nothing is there. */
  realPath(file: string): string | undefined;
}

/**
 * The words that start this program again in the same way, for a shell of the user who started it: `npx evergrant` only
 * where npx finds this very package, because it would else fetch another one; `evergrant` where the PATH leads to it;
 * otherwise the full path. With them go the folder of the environments that was named, and sudo.
 */
export function invocationOf(start: Start): string {
  return [...sudoOf(start), ...programOf(start), ...environmentsOf(start), ...storeIn(start)].join(' ');
}

/** The same for this process; `program` is the file that it would be, where it is not the one that Node.js runs. */
export function invocationHere(
  own: Pick<Start, 'environments' | 'store' | 'owner'>,
  program = process.argv[1] ?? '',
): string {
  return invocationOf({
    ...own,
    argv: [process.execPath, program],
    variables: process.env,
    workingFolder: workingFolder() ?? path.resolve('/'),
    platform: process.platform,
    userId: process.getuid?.(),
    packageFolder,
    realPath,
  });
}

function realPath(file: string): string | undefined {
  try {
    return fs.realpathSync(file);
  } catch {
    return undefined; // not there, or out of this user's reach
  }
}

function programOf(start: Start): string[] {
  const { argv, packageFolder, platform, realPath } = start;
  if (isUnderNpm(start) && isFoundByNpx(start)) return ['npx', 'evergrant'];
  if (isOnPath(start)) return ['evergrant'];
  const { join } = pathsOf(start);
  const launcher = join(packageFolder, 'scripts/package/evergrant.js');
  const [node = '', given = ''] = argv;
  const real = realPath(given);
  const isLauncher = real !== undefined && real === realPath(launcher);
  const program = isLauncher || real === realPath(join(packageFolder, 'dist/cli.js')) ? given : launcher;
  const isNodeOnPath = foundOnPath('node', start) === realPath(node);
  const runsItself = program !== given || isLauncher;
  if (runsItself && isNodeOnPath && platform !== 'win32') return [quoted(program, start)];
  return [isNodeOnPath ? 'node' : quoted(node, start), quoted(program, start)];
}

/** Whether npm or npx has started this process or one above it. */
function isUnderNpm({ variables }: Start): boolean {
  return variables['npm_command'] !== undefined || variables['npm_lifecycle_event'] !== undefined;
}

/** The folder in which the user's shell is: npm runs scripts in the folder of their package. */
function shellFolder(start: Start): string {
  return (isUnderNpm(start) && start.variables['INIT_CWD']) || start.workingFolder;
}

/** Whether npx runs this package, as the project that the shell is in or as a package installed there or above it. */
function isFoundByNpx(start: Start): boolean {
  const { packageFolder, realPath } = start;
  const own = realPath(packageFolder);
  const { join } = pathsOf(start);
  const folders = foldersFrom(shellFolder(start), pathsOf(start));
  const isProject = (folder: string): boolean =>
    ['package.json', 'node_modules'].some((name) => realPath(join(folder, name)) !== undefined);
  const project = folders.findIndex(isProject);
  if (project < 0) return false;
  const isInstalled = (folder: string): boolean =>
    realPath(join(folder, 'node_modules/evergrant')) === own &&
    realPath(join(folder, 'node_modules/.bin/evergrant')) !== undefined;
  return realPath(folders[project] ?? '') === own || folders.slice(project).some(isInstalled);
}

/** A folder and those above it. */
function foldersFrom(folder: string, paths: path.PlatformPath): string[] {
  const above = paths.dirname(folder);
  return above === folder ? [folder] : [folder, ...foldersFrom(above, paths)];
}

/** Whether the command `evergrant` is this program. npm for Windows installs a script in the place of a link. */
function isOnPath(start: Start): boolean {
  const { packageFolder, platform, realPath } = start;
  const { join } = pathsOf(start);
  if (platform !== 'win32') {
    const found = foundOnPath('evergrant', start);
    return found !== undefined && found === realPath(join(packageFolder, 'scripts/package/evergrant.js'));
  }
  const folder = pathOf(start).find((one) => realPath(join(one, 'evergrant.cmd')) !== undefined);
  const installed = folder === undefined ? undefined : realPath(join(folder, 'node_modules/evergrant'));
  return installed !== undefined && installed === realPath(packageFolder);
}

function foundOnPath(name: string, start: Start): string | undefined {
  const names = start.platform === 'win32' ? [`${name}.exe`, `${name}.cmd`] : [name];
  const files = pathOf(start).flatMap((folder) => names.map((one) => pathsOf(start).join(folder, one)));
  return files.map((file) => start.realPath(file)).find((file) => file !== undefined);
}

/** The folders of the shell's PATH. npm puts some before them for its children alone. */
function pathOf(start: Start): string[] {
  const { variables, platform } = start;
  const folders = (variables['PATH'] ?? variables['Path'] ?? '').split(platform === 'win32' ? ';' : ':');
  const isOfNpm = (folder: string): boolean => isUnderNpm(start) && /[\\/]node_modules[\\/]\.bin$/.test(folder);
  return folders.filter((folder) => pathsOf(start).isAbsolute(folder) && !isOfNpm(folder));
}

/** The option that names the environments, unless the next command of the same shell finds them by itself. */
function environmentsOf(start: Start): string[] {
  const { environments, workingFolder, owner } = start;
  if (environments === undefined) return [];
  const { folder, source } = environments;
  const holds = {
    flag: false,
    variable: sudoOf(start).length === 0, // sudo passes no variable on
    default: owner === undefined && (pathsOf(start).isAbsolute(folder) || shellFolder(start) === workingFolder),
  };
  return holds[source] ? [] : ['--environments', quoted(pathsOf(start).resolve(workingFolder, folder), start)];
}

function storeIn(start: Start): string[] {
  return start.store === undefined ? [] : ['--store', quoted(start.store, start)];
}

/** What comes before the program: the owner whom root stands in for, or the user as whom sudo started this. */
function sudoOf(start: Start): string[] {
  const { owner, userId, variables } = start;
  if (owner !== undefined && foundOnPath('sudo', start) !== undefined) return ['sudo', '-u', quoted(owner, start)];
  const { SUDO_COMMAND = '', SUDO_UID, USER = '' } = variables;
  // A shell that sudo opened has these variables, too, and needs no second sudo.
  const isOurs = /[\s/](evergrant|cli\.[jt]s|npm|npx)(\s|$)/.test(SUDO_COMMAND);
  if (!isOurs || userId === undefined || SUDO_UID === String(userId)) return [];
  return userId === 0 ? ['sudo'] : ['sudo', '-u', USER === '' ? `'#${userId}'` : quoted(USER, start)];
}

function pathsOf({ platform }: Start): path.PlatformPath {
  return platform === 'win32' ? path.win32 : path.posix;
}

/** A word for a shell of this system: `cmd` knows double quotes only. */
function quoted(word: string, { platform }: Start): string {
  if (platform !== 'win32') return shellQuoted(word);
  return /^[\w:.\\/-]+$/.test(word) ? word : `"${word}"`;
}
