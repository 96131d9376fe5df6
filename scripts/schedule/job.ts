import { invalid } from '../errors';
import { minutesOf, type Interval } from './interval';

/** Where everything is on the machine that runs the job: absolute paths, links resolved. */
export interface Installation {
  /** Node's own executable. */
  readonly node: string;
  /** The compiled program, `dist/cli.js`. */
  readonly program: string;
  /** The folder that has the program and everything it loads. */
  readonly code: string;
  /** The folder that the job runs in: its `.env` fills blank settings. */
  readonly project: string;
  readonly environments: string;
  /** Whether cron finds `flock`. */
  readonly hasFlock: boolean;
  /** Whether it finds `timeout`. */
  readonly hasTimeout: boolean;
}

/** What to refresh, how often, and as whom. */
export interface Job {
  readonly interval: Interval;
  readonly isKeepAlive: boolean;
  readonly user: string;
}

/** What to install: files, and what to type for it. */
export interface Units {
  readonly files: readonly UnitFile[];
  /** One line each, for a person. */
  readonly install: readonly string[];
}

interface UnitFile {
  readonly name: string;
  /** Ends with a line break. */
  readonly text: string;
}

/** A run is stopped after this long, and the next one goes on where it was. */
export const longestRunMinutes = 30;

/** The default of `refresh --min-validity`, and how much of it must outlast the time between two runs. */
const [presetValidityMinutes, marginMinutes] = [15, 5];

/** Xero's access tokens live for 30 minutes. */
const accessTokenMinutes = 30;

/** The program's arguments; the folder's path is the caller's to quote. */
export function refreshArguments(environments: string, job: Job): string[] {
  return ['--environments', environments, 'refresh', '--all', ...dueArguments(job)];
}

/** A token must outlast the time until the next run, as long as one token can. */
function dueArguments({ isKeepAlive, interval }: Job): string[] {
  if (isKeepAlive) return ['--keep-alive'];
  const needed = minutesOf(interval) + marginMinutes;
  const isPreset = needed <= presetValidityMinutes || needed >= accessTokenMinutes;
  return isPreset ? [] : ['--min-validity', `${needed}m`];
}

/** Whether an access token is good at any time with such runs; if not, `token` refreshes when it is asked. */
export function keepsAccessTokens({ isKeepAlive, interval }: Job): boolean {
  return !isKeepAlive && minutesOf(interval) + marginMinutes < accessTokenMinutes;
}

/** @throws Failure `invalid` for a path with a line break or another character that no scheduler's file can carry */
export function checkPaths(paths: readonly string[]): void {
  if (paths.some((path) => /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\uFEFF\uFFFD]/u.test(path))) {
    throw badPath('has a line break, a control character or a byte that is no UTF-8');
  }
}

/** A path that one scheduler cannot take; its text may be anything, so it isn't repeated. */
export function badPath(why: string): Error {
  return invalid('bad_path', `a path ${why}: no unit can name it`, 'move the project or the environments elsewhere');
}
