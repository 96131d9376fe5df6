import fs from 'node:fs';

/** What root has ordered of a run as an environment's owner. */
export interface RootOrder {
  /** Environments of the folder that are not this user's are left to other runs. */
  readonly isShare: boolean;
  /** Files that root will write itself, and the descriptor that takes what is to be in them. */
  readonly outputs: Readonly<Record<string, number>>;
}

/** For this program alone: it is not passed on to hooks and commands. */
export const rootVariable = 'EVERGRANT_ROOT_ORDER';

export function rootVariables(order: RootOrder): NodeJS.ProcessEnv {
  return { [rootVariable]: JSON.stringify(order) };
}

/** Undefined where root has not started this run. */
export function rootOrder(): RootOrder | undefined {
  const text = process.env[rootVariable];
  return text === undefined ? undefined : (JSON.parse(text) as RootOrder); // written by rootVariables
}

/** Leaves out the files of other users where this run has a share of a folder. */
export function ownShare(files: readonly string[], placeOf: (file: string) => string): readonly string[] {
  if (rootOrder()?.isShare !== true) return files;
  const { ownerOf } = require('./owners') as typeof import('./owners');
  return files.filter((file) => ownerOf(placeOf(file)).uid === process.getuid?.());
}

/** Hands root what it is to write; false where this run writes the file itself. */
export function wasHandedToRoot(file: string, text: string): boolean {
  const descriptor = rootOrder()?.outputs[file];
  if (descriptor === undefined) return false;
  fs.writeFileSync(descriptor, text);
  return true;
}
