import fs from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { attemptOutcomes, type Attempt } from '../core/board';
import { jsonOf } from '../core/json';
import { systemCode } from '../errors';

/** As much of a log as is read: some ten thousand attempts. */
const mostBytes = 2 * 1024 * 1024;

const line = v.looseObject({
  at: v.pipe(
    v.string(),
    v.isoTimestamp(),
    v.transform((text) => new Date(text)),
    v.date(),
  ),
  environment: v.string(),
  outcome: v.picklist(attemptOutcomes),
});

/**
 * The last attempt at each environment that the log of a folder with environments tells of, from the ends of
 * `.evergrant/log.jsonl` and of the one before it. A log that isn't there or can't be read tells of none: the attempts are
 * told beside the connections, and must not hide them.
 */
export function lastAttempts(folder: string): ReadonlyMap<string, Attempt> {
  const attempts = new Map<string, Attempt>();
  for (const log of ['log.1.jsonl', 'log.jsonl']) {
    for (const text of endOf(path.join(folder, '.evergrant', log)).split('\n')) {
      const { success, output } = v.safeParse(line, jsonOf(text));
      if (!success) continue; // cut off, or of another version
      const attempt = { at: output.at, outcome: output.outcome };
      const before = attempts.get(output.environment);
      if (before === undefined || before.at <= attempt.at) attempts.set(output.environment, attempt);
    }
  }
  return attempts;
}

function endOf(file: string): string {
  try {
    const stat = fs.statSync(file);
    return stat.isFile() ? readEnd(file, stat.size) : '';
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return '';
  }
}

function readEnd(file: string, size: number): string {
  const descriptor = fs.openSync(file, 'r');
  try {
    const end = Buffer.alloc(Math.min(size, mostBytes));
    const read = fs.readSync(descriptor, end, 0, end.length, size - end.length);
    return end.toString('utf8', 0, read);
  } finally {
    fs.closeSync(descriptor);
  }
}
