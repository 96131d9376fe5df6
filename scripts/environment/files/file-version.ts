import fs from 'node:fs';

/**
 * A text that differs when a file has changed, and costs a few microseconds; '' for no file. A link is followed, as when
 * the file is read. Files are replaced whole here, so a change has another inode.
 */
export function fileVersion(file: string): string {
  const stat = fs.statSync(file, { throwIfNoEntry: false, bigint: true });
  return stat === undefined ? '' : `${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}`;
}
