import type { Collection } from './collection';
import type { FilePath } from './format/file-path';

/** One fault in a collection: its place, its line in a script, and why it matters. Never contains a value of the file. */
export interface Fault {
  /** `Folder > Request (test script)` */
  readonly where: string;
  /** Counted from 1 inside the script; null outside scripts. */
  readonly line: number | null;
  readonly message: string;
  /** Where that is in the file; undefined for the file as a whole. */
  readonly at: FilePath | undefined;
}

/** A rule of the lint: a stable id, how bad what it finds is, how to mend what it finds, and a pure function that finds it. */
export interface Rule {
  readonly id: string;
  /** `error` where a secret is lost or nothing works, `note` where it still works. */
  readonly level: 'error' | 'warning' | 'note';
  readonly hint: string;
  find(collection: Collection): readonly Fault[];
}

/** A fault with the rule that found it. */
export interface Finding extends Fault {
  readonly rule: string;
  readonly hint: string;
}
