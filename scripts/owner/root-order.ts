import fs from 'node:fs';

/** What root asks of a run as an environment's owner. */
export interface RootOrder {
  /** Whether it leaves the environments of other users to other runs. */
  readonly isShare: boolean;
  /** Files that root will write itself, and the descriptor that receives the text of each. */
  readonly outputs: Readonly<Record<string, number>>;
  /** The folder of the environments where no option or variable names one. */
  readonly folder: string;
  /** The words that start this program again, for hints. */
  readonly invocation: string;
}

/** For this program only: hooks and commands do not get it. */
export const rootVariable = 'EVERGRANT_ROOT_ORDER';

export function rootVariables(order: RootOrder): NodeJS.ProcessEnv {
  return { [rootVariable]: JSON.stringify(order) };
}

/** What root asks; undefined when root has not started this run. */
export function rootOrder(): RootOrder | undefined {
  const text = process.env[rootVariable];
  return text === undefined ? undefined : (JSON.parse(text) as RootOrder); // written by rootVariables
}

/** Leaves out the files of other users, if this run has a share of a folder. */
export function ownShare(files: readonly string[], placeOf: (file: string) => string): readonly string[] {
  if (rootOrder()?.isShare !== true) return files;
  const { ownerOf } = require('./owners') as typeof import('./owners');
  return files.filter((file) => ownerOf(placeOf(file)).uid === process.getuid?.());
}

/** Gives root the text of a file that root writes; false when this run writes the file itself. */
export function wasHandedToRoot(file: string, text: string): boolean {
  const descriptor = rootOrder()?.outputs[file];
  if (descriptor === undefined) return false;
  fs.writeFileSync(descriptor, text);
  return true;
}
