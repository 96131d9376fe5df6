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

function notWritable(verb: string, place: string, error: unknown): Failure {
  const code = systemCode(error);
  if (code === undefined) throw error;
  return invalid('no_report_folder', `cannot ${verb} ${place} (${code})`, 'name another folder with --report', error);
}
