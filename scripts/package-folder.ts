import fs from 'node:fs';
import path from 'node:path';

/** Evergrant's own folder: collections, templates and `package.json`, with sources and builds below it. */
export const packageFolder = folderAbove(__dirname);

function folderAbove(folder: string): string {
  return fs.existsSync(path.join(folder, 'package.json')) ? folder : folderAbove(path.dirname(folder));
}
