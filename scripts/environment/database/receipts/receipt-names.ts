import path from 'node:path';
import { filesIn } from '../../files/paths';

/** What a receipt's file name says: of which connection (with a dot for #), and which generation was spent for it. */
export interface Named {
  readonly file: string;
  readonly stem: string;
  readonly spent: number;
}

/** How the names of the room that is reserved for a receipt end. */
export const roomEnding = '.next';

export function namedBy(file: string): Named | undefined {
  const [, stem, spent] = /^(.+)\.(\d+)\.[0-9a-f]{16}\.(?:receipt|confirmed)\.json$/.exec(path.basename(file)) ?? [];
  return stem === undefined ? undefined : { file, stem, spent: Number(spent) };
}

/** How the files of an environment's receipts begin, or of what waits beside it. */
export function stemOf(name: string): string {
  return name.replace('#', '.');
}

export function randomName(): string {
  const { randomUUID } = require('node:crypto') as typeof import('node:crypto');
  return randomUUID().replaceAll('-', '').slice(-16);
}

/** The files of a folder whose names begin and end so. */
export function placesIn(folder: string, ending: string, beginning = ''): readonly string[] {
  const names = filesIn(folder).filter((name) => name.startsWith(beginning) && name.endsWith(ending));
  return names.map((name) => path.join(folder, name));
}
