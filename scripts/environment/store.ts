import { Failure } from '../errors';
import type { Changes, Environment } from './environment';

/**
 * The door behind which an environment lives: read it without a lock, or lock it and write. Today's home is a file
 * (`io/environment-file.ts`).
 */
export interface EnvironmentHome {
  readonly name: string;
  /** The place as a person would name it, for messages. */
  readonly where: string;
  /** @throws Failure `invalid` */
  read(): Environment;
  /** Whether a token set waits to be picked up that could not be saved here. */
  hasRecovery(): boolean;
  /** Whether a token set waits whose organisation is not judged yet. */
  hasPending(): boolean;
  /** Whether one waits, or was refused. */
  hasAside(): boolean;
  /**
   * Takes the environment's lock, which dies with its holder.
   * @throws Failure `busy` when another process holds it for longer than `waitMs`
   */
  lock(waitMs: number): Promise<LockedEnvironment>;
}

export interface LockedEnvironment {
  /** @throws Failure `invalid` */
  read(): Environment;
  /** Puts a token set that could not be saved earlier in place, if there is a newer one. */
  pickUpRecovery(): boolean;
  /**
   * Proves that a token set can be saved: checks that every row can be set, makes room, and really replaces what is there,
   * with these rows set, or with the same text.
   * @throws Failure `invalid`, or `temporary_failure` where it would pass; nothing has been spent then
   */
  prepareSave(mark: Changes): void;
  /** Sets rows, durably. @throws Failure `invalid` */
  write(changes: Changes): void;
  /**
   * Keeps a token set, synchronously and before anything else happens; what can't be kept in place goes to a recovery file.
   * @throws Failure `not_saved` that says where the tokens are
   */
  keep(changes: Changes): void;
  /** Makes what was kept last through a power cut. @throws Failure `not_saved` */
  settle(): void;
  /** Keeps an answer that no token can be taken from, and says where; undefined when no place takes it. */
  keepAnswer(body: string): string | undefined;
  /** The token sets kept of late, newest first, of generations after this one. */
  candidates(after: number): readonly Environment[];
  /** Xero has refused the refresh token that is held: from now on a person has to consent. */
  refuse(): void;
  /** Token sets of a consent that are not the environment's, beside it: nobody reads them as its own. */
  readonly aside: Aside;
  /** Puts a whole text in the place of the environment's; one that can't be read is kept aside. @throws Failure `invalid` */
  replace(text: string): void;
  /** Whether a callback's code was exchanged here: it is good for one use (RFC 6749 §4.1.2). */
  isUsed(code: string): boolean;
  markUsed(code: string): void;
  /** When the server, asked too often, said to come back; kept across runs. */
  postponedUntil(): Date | null;
  postpone(until: Date | null): void;
  release(): void;
}

/** Where a token set waits until its organisation is judged, and stays when it is refused. */
export interface Aside {
  /** @throws Failure `invalid` */
  pending(): Environment | undefined;
  /** Keeps a token set here, as {@link LockedEnvironment.keep} does; it is settled with it. @throws Failure `not_saved` */
  keep(changes: Changes): void;
  /** The pending set's own place, so that it can be refreshed like any environment; it has its own lock. */
  home(): EnvironmentHome;
  /** Judged, and refused: it stays, but is not asked about with every run. */
  refuse(): void;
  /** The sets that were refused, the newest first. */
  refused(): readonly Environment[];
  /** Brings the newest refused set back, to be judged once more. */
  reconsider(): void;
  /** It became the environment's. */
  clear(): void;
}

/** What a home holds, where that can be read. */
export function readable(home: Pick<EnvironmentHome, 'read'>): Environment | undefined {
  try {
    return home.read();
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
