import fs from 'node:fs';
import path from 'node:path';

/**
 * The folder of the Postman workspace that a file belongs to, if its environments go to Postman's cloud with
 * `postman workspace push`: the file is in a folder `environments`, as `postman/environments`, somewhere below a folder
 * that has `.postman/`. Undefined for any other file. Source: https://learning.postman.com/docs (Native Git).
 */
export function pushedWorkspaceOf(file: string): string | undefined {
  let folder = path.dirname(fs.realpathSync(file));
  let isAmongEnvironments = false;
  while (folder !== path.dirname(folder)) {
    isAmongEnvironments ||= path.basename(folder) === 'environments';
    folder = path.dirname(folder);
    if (isAmongEnvironments && isWorkspace(folder)) return folder;
  }
  return undefined;
}

/** Postman's command line keeps its login in `.postman/postmanrc` of the user's home, which makes that no workspace. */
function isWorkspace(folder: string): boolean {
  const files = ['resources.yaml', 'resources.yml', 'config.json', 'config.yaml'];
  const isThere = (name: string): boolean => fs.existsSync(path.join(folder, name));
  return isThere('.postman') && (isThere('postman') || files.some((name) => isThere(path.join('.postman', name))));
}
