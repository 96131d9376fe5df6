import { invalid, systemCode } from '../../errors';
import { readGiven } from '../../given-file';
import { parseRecording, type Recording } from './recording-file';

/** @throws Failure `invalid` for a file that cannot be read, or holds no recording */
export function readRecording(file: string): Recording {
  return parseRecording(readText(file), file);
}

const mostBytes = 64 * 1024 * 1024;

function readText(file: string): string {
  try {
    return readGiven(file, mostBytes).toString('utf8');
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    throw invalid('unreadable', `cannot read ${file} (${code})`, 'name a recording that evergrant qa has made', error);
  }
}
