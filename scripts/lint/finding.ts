import type { Collection } from './collection';

/** One fault in a collection: where it stands, which line of a script, and why it matters. Never holds a value. */
export interface Fault {
  /** `Folder > Request (test script)` */
  readonly where: string;
  /** Counted from 1 inside the script; null for what is no script. */
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

const longestName = 60;

/**
 * A name out of the collection, fit to be printed: one line, no control characters, and nothing in it that looks like
 * a token, because people paste those anywhere.
 */
export function printable(name: string): string {
  const line = name.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  const clean = line.replaceAll(/[\w+/=.~-]{12,}/g, (run) => (looksRandom(run) ? '[hidden]' : run));
  const short = clean.length > longestName ? `${clean.slice(0, longestName - 1)}…` : clean;
  return short === '' ? '(no name)' : short;
}

/** Whether a run of characters is more likely a machine's than a person's: long, with letters and digits mixed. */
export function looksRandom(run: string): boolean {
  const words = run.split(/[^A-Za-z0-9]+/);
  const hasMixedWord = words.some((word) => word.length >= 12 && /\d/.test(word) && /[A-Za-z]/.test(word));
  const digits = run.replaceAll(/\D/g, '').length;
  const isLongMix = run.length >= 20 && digits >= 3 && /[A-Za-z]/.test(run);
  return (hasMixedWord || isLongMix) && new Set(run).size >= 8;
}
