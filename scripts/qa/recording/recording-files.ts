import fs from 'node:fs';
import { invalid, systemCode } from '../../errors';
import { parseRecording, type Recording } from './recording-file';

/** @throws Failure `invalid` for a file that cannot be read, or holds no recording */
export function readRecording(file: string): Recording {
  return parseRecording(readText(file), file);
}

function readText(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    throw invalid('unreadable', `cannot read ${file} (${code})`, 'name a recording that evergrant qa has made', error);
  }
}
