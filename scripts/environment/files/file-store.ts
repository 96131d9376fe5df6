import fs from 'node:fs';
import type { EnvironmentHome } from '../store';
import { environmentReader } from './files';
import { placesOf, type Places } from './paths';

/** The home of an environment that is a file. `stateFolder` takes recovery files when the file's own folder can't. */
export function environmentHome(name: string, file: string, stateFolder: string): EnvironmentHome {
  const reader = environmentReader(name, file);
  let known: Places | undefined;
  const places = (): Places => (known ??= placesOf(file, stateFolder));
  return {
    name,
    where: file,
    read: reader.read,
    hasRecovery: () => places().isWaiting(),
    hasPending: () => fs.existsSync(places().pending),
    hasAside: () => {
      const { hasAside } = require('./aside') as typeof import('./aside');
      return hasAside(places());
    },
    lock: async (waitMs) => {
      // Loaded only where something is written: most runs find nothing due.
      const { lockFile } = require('./locked-file') as typeof import('./locked-file');
      const homeAt = (place: string): EnvironmentHome => environmentHome(name, place, stateFolder);
      return await lockFile(reader, places(), homeAt, waitMs);
    },
  };
}
