/** One thing broken in the sandbox or in a collection's scripts, so that one scenario must fail. */
export interface Mutant {
  /** What is no longer true, in words. */
  readonly breaks: string;
  /** Below the project, as it is run: `dist/sandbox/….js` of the newest build, or the QA collection. */
  readonly file: string;
  /** Stands in the file exactly once, or where `isEverywhere`, at least once. */
  readonly find: string;
  readonly put: string;
  readonly isEverywhere?: true;
}

/** The mutants of some scenarios, by scenario id. */
export type Mutants = Readonly<Record<`QA-${number}`, Mutant>>;
