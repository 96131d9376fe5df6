import fs from 'node:fs';
import { invalid, systemCode } from '../errors';

/** Collections with many saved answers have a few megabytes; a larger file is not a collection. */
const largestFileBytes = 64 * 1024 * 1024;

/** Reads a file that should be a collection. @throws Failure `invalid` when it cannot be read or is too large */
export function readCollectionText(file: string): string {
  try {
    const { size } = fs.statSync(file);
    if (size > largestFileBytes) throw invalid('too_large', `${file} is too large for a collection`, hint);
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    throw invalid('unreadable', `cannot read ${file} (${code})`, hint, error);
  }
}

const hint = 'give the path of a Postman collection export, as in collections/xero-oauth2.postman_collection.json';
