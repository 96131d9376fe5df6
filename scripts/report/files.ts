import fs from 'node:fs';
import path from 'node:path';
import { makeFolders } from '../environment/files/make-folders';
import { putWhole } from '../environment/files/publish';
import { invalid, systemCode, type Failure } from '../errors';

/** Makes a private folder for reports, if it does not exist. @throws Failure `invalid` when it cannot be made */
export function makeReportFolder(folder: string): void {
  try {
    makeFolders(folder, 0o700);
  } catch (error) {
    throw notWritable('make', folder, error);
  }
}

/** Writes a private report, replacing a link. @throws Failure `invalid` when it cannot be written */
export function writeReport(file: string, text: string): void {
  try {
    putWhole(file, text, 0o600);
  } catch (error) {
    throw notWritable('write', file, error);
  }
}

/**
 * Makes the folder of a report that will be written after long work, and proves that a file can be written there. A file
 * that is there already stays as it is. @throws Failure `invalid` with `hint` when it can't be written
 */
export function tryReport(file: string, hint: string): void {
  const whole = path.resolve(file);
  try {
    makeFolders(path.dirname(whole), 0o700);
    if (fs.statSync(whole, { throwIfNoEntry: false })?.isDirectory()) {
      throw Object.assign(new Error('it is a folder'), { code: 'EISDIR' });
    }
    const trial = `${whole}.${process.pid}.trial`;
    fs.closeSync(fs.openSync(trial, 'wx', 0o600));
    fs.rmSync(trial);
  } catch (error) {
    throw notWritable('write', file, error, hint);
  }
}

function notWritable(verb: string, place: string, error: unknown, hint = 'name another folder with --report'): Failure {
  const code = systemCode(error);
  if (code === undefined) throw error;
  return invalid('no_report_folder', `cannot ${verb} ${place} (${code})`, hint, error);
}
