import { createRequire } from 'node:module';
import path from 'node:path';
import { buildFolder } from '../../support/build-folder';

const load = createRequire(path.join(buildFolder(), 'cli.js'));

/** A module of the built program, which is what users run. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- only the caller knows the module's type
export function built<Module>(name: string): Module {
  return load(`./${name}`) as Module; // the compiled form of the module that the caller names as its type
}
