/** What an attack goes for. */
export const attackKinds = ['links', 'root', 'git', 'listen', 'proxies', 'clocks', 'mounts'] as const;
type AttackKind = (typeof attackKinds)[number];

/** How much of an attack is played: the short form runs with every test run, the long one by `npm run attack-test`. */
export type Scale = 'short' | 'long';

/** An attack on the real program; a file in this folder exports its own as `attacks`, and `every-attack.ts` has them all. */
export interface Attack {
  /** What is tried, in plain words. */
  readonly name: string;
  readonly kind: AttackKind;
  /** `random` gives numbers from 0 to 1 that the run's seed repeats. */
  run(scale: Scale, random: () => number): Promise<AttackResult>;
  /** Why it can't be played on this machine or as this user; undefined, or no such function, where it can. */
  cannotRun?(): string | undefined;
}

export interface AttackResult {
  /** How often it was tried. */
  tried: number;
  /** Connections that are dead afterwards. */
  lost: number;
  /** Secrets that came where they must not. */
  leaked: number;
  /** Connections that went to somebody else's organisation, files of others that were changed, commands of others that ran. */
  crossed: number;
  /** Everything that should not have been, these three included, in words. */
  failures: string[];
}

/** A result to count in. */
export function emptyResult(): AttackResult {
  return { tried: 0, lost: 0, leaked: 0, crossed: 0, failures: [] };
}

/** Counts something that should not have been. */
export function count(result: AttackResult, what: 'lost' | 'leaked' | 'crossed', failure: string): void {
  result[what] += 1;
  result.failures.push(`${what}: ${failure}`);
}

/** Why an attack that needs root can't be played. */
export function unlessRoot(): string | undefined {
  return process.getuid?.() === 0 ? undefined : 'it needs root';
}
