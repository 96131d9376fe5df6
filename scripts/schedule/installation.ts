import fs from 'node:fs';
import path from 'node:path';
import { listEnvironments } from '../environment/files/files';
import { packageFolder } from '../package-folder';
import type { Installation } from './job';

/** The folders in which cron looks for programs, unless its PATH is set. */
const cronPath = ['/usr/bin', '/bin'];

/**
 * The paths that a job on this machine needs. It runs in this process's working folder.
 * @throws Failure `invalid` when the environments cannot be read
 */
export function installationHere(environments: string): Installation {
  listEnvironments(environments);
  const program = fs.realpathSync(path.join(packageFolder, 'dist/cli.js'));
  return {
    node: process.execPath,
    program,
    code: codeFolder(path.dirname(path.dirname(program))),
    project: fs.realpathSync('.'),
    environments: fs.realpathSync(environments),
    hasFlock: isFoundByCron('flock'),
    hasTimeout: isFoundByCron('timeout'),
  };
}

function isFoundByCron(program: string): boolean {
  return cronPath.some((folder) => fs.existsSync(path.join(folder, program)));
}

/** The package's folder, or the outermost `node_modules` that holds it and its dependencies. */
function codeFolder(root: string): string {
  const marker = `${path.sep}node_modules${path.sep}`;
  const index = root.indexOf(marker);
  return index < 0 ? root : root.slice(0, index + marker.length - 1);
}
