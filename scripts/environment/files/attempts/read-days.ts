import fs from 'node:fs';
import { Failure, systemCode } from '../../../errors';
import { DayCounter, firstDayAt, isOutcome, type DailyHistory } from '../../../history/days';
import { jsonOf } from '../../../text/json';
import { logsIn } from './attempt-log';
import { openTrusted } from '../trust';

/** A log is read in pieces of this size: all logs together may have several hundred megabytes. */
const pieceBytes = 4 * 1024 * 1024;

/**
 * What happened on each of the last days, to every environment of a folder, from its log and the rotated ones. A log that
 * is missing or can't be read counts as empty.
 */
export function daysIn(folder: string, now: Date): DailyHistory {
  const counter = new DayCounter(now);
  const earliestMs = firstDayAt(now).getTime();
  for (const log of logsIn(folder).toReversed()) readLog(log, earliestMs, counter);
  return counter.history();
}

function readLog(file: string, earliestMs: number, counter: DayCounter): void {
  try {
    const descriptor = openTrusted(file, fs.constants.O_RDONLY);
    try {
      const stat = fs.fstatSync(descriptor);
      if (stat.isFile() && stat.mtimeMs >= earliestMs) for (const line of linesOf(descriptor)) addLine(line, counter);
    } finally {
      fs.closeSync(descriptor);
    }
  } catch (error) {
    if (systemCode(error) === undefined && !(error instanceof Failure)) throw error;
  }
}

function* linesOf(descriptor: number): Generator<string> {
  const piece = Buffer.alloc(pieceBytes);
  let rest = Buffer.alloc(0);
  for (let read = fs.readSync(descriptor, piece); read > 0; read = fs.readSync(descriptor, piece)) {
    const bytes = Buffer.concat([rest, piece.subarray(0, read)]);
    const end = bytes.lastIndexOf('\n') + 1;
    yield* bytes.toString('utf8', 0, end).split('\n');
    rest = bytes.subarray(end);
  }
  yield rest.toString('utf8');
}

/** How the program begins a line; a line with other JSON is read as a whole, which takes longer. */
const usual = /^\{"at":"([^"\\]{20,30})","environment":"([^"\\]{1,200})","outcome":"([a-z_]{1,30})"/;

function addLine(line: string, counter: DayCounter): void {
  const [, at = '', environment = '', outcome = ''] = usual.exec(line) ?? propertiesIn(line);
  const atMs = Date.parse(at);
  if (!Number.isNaN(atMs) && isOutcome(outcome)) counter.add(environment, atMs, outcome);
}

function propertiesIn(line: string): readonly string[] {
  const parsed = line === '' ? null : jsonOf(line);
  if (typeof parsed !== 'object' || parsed === null) return [];
  const { at, environment, outcome } = parsed as Readonly<Record<string, unknown>>;
  return ['', at, environment, outcome].map((value) => (typeof value === 'string' ? value : ''));
}
