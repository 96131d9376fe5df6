import type { Collection } from './collection';

/** One fault in a collection: its place, its line in a script, and why it matters. Never contains a value of the file. */
export interface Fault {
  /** `Folder > Request (test script)` */
  readonly where: string;
  /** Counted from 1 inside the script; null outside scripts. */
  readonly line: number | null;
  readonly message: string;
}

/** A rule of the lint: a stable id, how to mend what it finds, and a pure function that finds it. */
export interface Rule {
  readonly id: string;
  readonly hint: string;
  find(collection: Collection): readonly Fault[];
}

/** A fault with the rule that found it; the names are those of `lint --json`. */
export interface Finding extends Fault {
  readonly rule: string;
  readonly hint: string;
}
