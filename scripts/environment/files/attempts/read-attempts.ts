import fs from 'node:fs';
import { Failure, systemCode } from '../../../errors';
import { attemptIn, type Attempt, type LastAttempt } from '../../../history/attempt';
import { jsonOf } from '../../../text/json';
import { logsIn } from './attempt-log';
import { openTrusted } from '../trust';

/** How much of a log's end is read for the last attempts, in bytes: about twenty thousand lines. */
const endBytes = 8 * 1024 * 1024;

/**
 * The last attempt at each environment of a folder, from the ends of its log and of the newest rotated one. A log that
 * is missing or can't be read counts as empty: attempts are shown beside the connections, and must not hide them.
 */
export function lastAttempts(folder: string): ReadonlyMap<string, LastAttempt> {
  const attempts = new Map<string, LastAttempt>();
  const [log = '', before = ''] = logsIn(folder);
  for (const { environment, at, outcome, moved, was } of [before, log].flatMap((file) =>
    attemptsIn(endOf(file, endBytes)),
  )) {
    if (was !== undefined) {
      rename(attempts, was, environment);
      continue;
    }
    const known = attempts.get(environment);
    const move = moved === null ? (known?.move ?? null) : { ...moved, at };
    const since = known?.outcome === outcome ? known.since : at;
    if (known === undefined || known.at <= at) attempts.set(environment, { at, outcome, since, move });
  }
  return attempts;
}

/** From its renaming on, what an environment did under its old name counts for the new one. */
function rename(attempts: Map<string, LastAttempt>, was: string, name: string): void {
  const last = attempts.get(was);
  attempts.delete(was);
  if (last === undefined) attempts.delete(name);
  else attempts.set(name, last);
}

/**
 * Every attempt at one environment in the logs of its folder, in the order in which they ended; those of the names that it
 * had before come first.
 */
export function attemptsAt(name: string, folder: string): readonly Attempt[] {
  const texts = logsIn(folder)
    .toReversed()
    .map((log) => endOf(log, Infinity));
  return attemptsUnder(name, texts, Infinity);
}

function attemptsUnder(name: string, logs: readonly string[], untilMs: number): readonly Attempt[] {
  const mark = `"environment":${JSON.stringify(name)}`;
  const found = logs.flatMap((log) => attemptsIn(log, mark));
  const own = found.filter(({ environment, at }) => environment === name && at.getTime() <= untilMs);
  const renamed = own.findLast(({ was }) => was !== undefined);
  if (renamed?.was === undefined) return own;
  const before = attemptsUnder(renamed.was, logs, renamed.at.getTime() - 1);
  return [...before, ...own.slice(own.indexOf(renamed))];
}

/** The attempts in a log's text. Lines that are cut off or of another kind are left out. */
function attemptsIn(text: string, mark = ''): Attempt[] {
  return text.split('\n').flatMap((one) => (one.includes(mark) ? (attemptIn(jsonOf(one)) ?? []) : []));
}

/** The end of a log; '' when it is missing, can't be read, or may be written by another user. */
function endOf(file: string, mostBytes: number): string {
  try {
    const descriptor = openTrusted(file, fs.constants.O_RDONLY);
    try {
      const stat = fs.fstatSync(descriptor);
      return stat.isFile() ? readEnd(descriptor, stat.size, mostBytes) : '';
    } finally {
      fs.closeSync(descriptor);
    }
  } catch (error) {
    if (systemCode(error) === undefined && !(error instanceof Failure)) throw error;
    return '';
  }
}

function readEnd(descriptor: number, size: number, mostBytes: number): string {
  const end = Buffer.alloc(Math.min(size, mostBytes));
  const read = fs.readSync(descriptor, end, 0, end.length, size - end.length);
  return end.toString('utf8', 0, read);
}
