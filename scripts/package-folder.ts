import fs from 'node:fs';
import path from 'node:path';

/** Evergrant's own folder, with what isn't compiled: collections, templates, `package.json`. Sources and builds lie below it. */
export const packageFolder = folderAbove(__dirname);

function folderAbove(folder: string): string {
  return fs.existsSync(path.join(folder, 'package.json')) ? folder : folderAbove(path.dirname(folder));
}
