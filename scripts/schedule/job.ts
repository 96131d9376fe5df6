import { invalid } from '../errors';
import { minuteMs } from '../text/duration';
import { shellQuoted } from '../text/shell';
import { accessTokenLifetimeMs } from '../xero';
import { minutesOf, type Interval } from './interval';
import type { KeyPlace } from './key-place';
import type { NetworkVariables } from './network-variables';

/** The paths on the machine that runs the job: absolute, with links resolved. */
export interface Installation {
  /** Node's own executable. */
  readonly node: string;
  /** The compiled program, `dist/cli.js`. */
  readonly program: string;
  /** The folder that has the program and everything it loads. */
  readonly code: string;
  /** The folder that the job runs in: its `.env` fills blank settings, and so does that of the environments. */
  readonly project: string;
  /** With `isShared`, the folder that has `.env` and what this machine keeps for itself. */
  readonly environments: string;
  /** Whether the environments are in a database, and only receipts are here. */
  readonly isShared: boolean;
  readonly network: NetworkVariables;
  /** Where the key of a sealed store is; undefined where the job needs none. */
  readonly key?: KeyPlace | undefined;
  /** Whether cron finds `flock`. */
  readonly hasFlock: boolean;
  /** Whether cron finds `timeout`. */
  readonly hasTimeout: boolean;
}

/** What to refresh, how often, and as whom. */
export interface Job {
  readonly interval: Interval;
  readonly isKeepAlive: boolean;
  readonly user: string;
  /** Whether this machine has that user already. */
  readonly isThere?: boolean | undefined;
  /** Where cron's mail goes. */
  readonly mailTo?: string | undefined;
}

/** What to install: files, and the commands for it. */
export interface Units {
  readonly files: readonly UnitFile[];
  /** Instructions for a person, one line each. */
  readonly install: readonly string[];
}

interface UnitFile {
  readonly name: string;
  /** Ends with a line break. */
  readonly text: string;
}

/** A run is stopped after this long; the next one continues its work. */
export const longestRunMinutes = 30;

/** The default of `refresh --min-validity`, and how much longer than the time between two runs it must be. */
const [presetValidityMinutes, marginMinutes] = [15, 5];

const accessTokenMinutes = accessTokenLifetimeMs / minuteMs;

/** The program's arguments. The caller must quote the folder's path. */
export function refreshArguments(environments: string, job: Job): string[] {
  return ['--environments', environments, 'refresh', '--all', ...dueArguments(job)];
}

/** A token must stay valid until the next run, if its lifetime allows that. */
function dueArguments({ isKeepAlive, interval }: Job): string[] {
  if (isKeepAlive) return ['--keep-alive'];
  const needed = minutesOf(interval) + marginMinutes;
  const isPreset = needed <= presetValidityMinutes || needed >= accessTokenMinutes;
  return isPreset ? [] : ['--min-validity', `${needed}m`];
}

/** Advice for a folder of environments that goes with the program, or with the home of a person. */
export function adviseFolder({ environments, code }: Installation): string[] {
  const isAmidst = environments.startsWith(`${code}/`) || /^\/(home|root|tmp|var\/tmp)\//.test(environments);
  if (!isAmidst) return [];
  return [
    `better kept out of the program and of homes: sudo mv ${shellQuoted(environments)} /var/lib/evergrant, then schedule again with --environments /var/lib/evergrant`,
  ];
}

/**
 * What each host of a database needs: the user, whose home has `.env`, `.pgpass` and the receipts, so that commands by hand find
 * the same.
 */
export function adviseSharedHost(
  { environments }: Pick<Installation, 'environments'>,
  { user, isThere = false }: Pick<Job, 'user' | 'isThere'>,
): string[] {
  const home = shellQuoted(environments);
  return [
    'the same on each host, with the program at the same place:',
    ...(isThere
      ? []
      : [`a user of its own: sudo useradd --system --home-dir ${home} --shell /usr/sbin/nologin ${user}`]),
    `its home, with what this host keeps for itself: sudo install -d -m 700 -o ${user} ${home}`,
    `its .env, with EVERGRANT_STORE=postgres://… and the app's settings: sudo install -m 600 -o ${user} .env ${home}`,
    `a password stands there, too, as PGPASSWORD=…, or in ${home}/.pgpass; never in this unit`,
  ];
}

/** Whether such runs keep an access token valid at all times; if not, `token` refreshes when it is called. */
export function keepsAccessTokens({ isKeepAlive, interval }: Job): boolean {
  return !isKeepAlive && minutesOf(interval) + marginMinutes < accessTokenMinutes;
}

/** @throws Failure `invalid` for a path with a line break or another character that no scheduler's file can carry */
export function checkPaths(paths: readonly string[]): void {
  if (paths.some((path) => /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\uFEFF\uFFFD]/u.test(path))) {
    throw badPath('has a line break, a control character or a byte that is no UTF-8');
  }
}

/** The failure for a path that a scheduler can't use. It does not repeat the path, which may hold a secret. */
export function badPath(why: string): Error {
  return invalid('bad_path', `a path ${why}: no unit can name it`, 'move the project or the environments elsewhere');
}
