import fs from 'node:fs';
import path from 'node:path';
import { makeFolders } from '../environment/files/make-folders';
import { putWhole, refuseOther } from '../environment/files/publish';
import { refuseForeignLinks } from '../environment/files/trust';
import { invalid, systemCode, type Failure } from '../errors';

/** Makes a private folder for reports, if it does not exist. @throws Failure `invalid` when it cannot be made */
export function makeReportFolder(folder: string): void {
  try {
    refuseForeignLinks(folder);
    makeFolders(folder, 0o700);
  } catch (error) {
    throw notWritable('make', folder, error);
  }
}

/** How the files of reports begin. */
const beginnings = {
  page: /^<!doctype html>/,
  junit: /^<\?xml[^>]*>\s*<testsuites/,
  json: /^\{\s*"seed":/,
  recording: /^\{\s*"recording":/,
} as const;

export type ReportPart = keyof typeof beginnings;

/**
 * Writes a private report, replacing a link or an earlier report.
 * @throws Failure `invalid` when it cannot be written, or another file is there
 */
export function writeReport(file: string, text: string, part: ReportPart): void {
  try {
    refuseTaken(file, part);
    putWhole(file, text, 0o600);
  } catch (error) {
    throw notWritable('write', file, error);
  }
}

/**
 * Makes the folder of a report that will be written after long work, and proves that a file can be written there. A file
 * that is there already stays as it is. @throws Failure `invalid` with `hint` when it can't be written, or another file is there
 */
export function tryReport(file: string, part: ReportPart, hint: string): void {
  const whole = path.resolve(file);
  try {
    refuseForeignLinks(path.dirname(whole));
    makeFolders(path.dirname(whole), 0o700);
    refuseTaken(whole, part);
    const trial = `${whole}.${process.pid}.trial`;
    fs.closeSync(fs.openSync(trial, 'wx', 0o600));
    fs.rmSync(trial);
  } catch (error) {
    throw notWritable('write', file, error, hint);
  }
}

/** @throws an error for a folder, and Failure `invalid` for a file of another kind */
function refuseTaken(file: string, part: ReportPart): void {
  if (fs.statSync(file, { throwIfNoEntry: false })?.isDirectory()) {
    throw Object.assign(new Error('it is a folder'), { code: 'EISDIR' });
  }
  refuseOther(file, beginnings[part]);
}

function notWritable(verb: string, place: string, error: unknown, hint = 'name another folder with --report'): Failure {
  const code = systemCode(error);
  if (code === undefined) throw error;
  return invalid('no_report_folder', `cannot ${verb} ${place} (${code})`, hint, error);
}
