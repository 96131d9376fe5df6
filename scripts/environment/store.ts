import { Failure } from '../errors';
import type { Attempt, LastAttempt } from '../history/attempt';
import type { Changes, Environment } from './environment';

/**
 * Where environments live, with all that is kept of them: rows, lock, kept token sets, attempts, and what hooks were told
 * last. Today's store is a folder of files (`files/file-store.ts`); `test/environment/store-conformance.ts` says what every
 * store must do.
 */
export interface EnvironmentStore {
  /** The place as a person would name it, for messages. */
  readonly where: string;
  /** What the environments are called, sorted. @throws Failure `invalid` where the store can't be read */
  names(): Promise<readonly string[]>;
  /**
   * One environment, whether it is there or not, by its name or by whatever else people may call it by.
   * @throws Failure `invalid` for what is no name
   */
  environment(nameOrPlace: string): StoredEnvironment;
  /** Reads many environments, each once, in this order: for whoever looks for those that are due, or shows them all. */
  look(names: readonly string[]): AsyncIterable<Look>;
  /** The last attempt at each environment, by its name; what can't be read tells of none. */
  lastAttempts(): Promise<ReadonlyMap<string, LastAttempt>>;
  /**
   * Which environments a callback's state may be for, found without reading them all. `nameIn` gives the name that a state
   * gives, unverified; undefined where it gives none.
   */
  claims(nameIn: (state: string) => string | undefined): Promise<ClaimIndex>;
}

/** What a look at one environment has found. */
export type Look = { readonly given: string } & (
  | {
      readonly environment: Environment;
      /** Whether a token set waits to be picked up or judged. */
      readonly isWaiting: boolean;
    }
  | { readonly error: unknown }
);

/** Which environments answer to a name or a state; to be asked for each callback. */
export interface ClaimIndex {
  /** The environments that a state is for, which is still to be verified: by name, by inner name, or as kept. */
  claimants(state: string): Promise<readonly string[]>;
  /** Any environment, but the same for the same number; undefined in an empty store. */
  pick(number: number): Promise<string | undefined>;
  /** Reads again what has changed since it was read. */
  reread(): Promise<void>;
}

/** One environment: read it without a lock, or lock it and write. */
export interface StoredEnvironment {
  readonly name: string;
  /** The place as a person would name it, for messages. */
  readonly where: string;
  /** @throws Failure `invalid` */
  read(): Promise<Environment>;
  /** Whether a token set waits to be picked up that could not be saved here. */
  hasRecovery(): Promise<boolean>;
  /** Whether a token set waits whose organisation is not judged yet. */
  hasPending(): Promise<boolean>;
  /** Whether one waits, or was refused. */
  hasAside(): Promise<boolean>;
  /**
   * Takes the environment's lock, which dies with its holder.
   * @throws Failure `busy` when another process holds it for longer than `waitMs`
   */
  lock(waitMs: number): Promise<LockedEnvironment>;
  /** Every attempt that is remembered, in the order in which they ended. */
  attempts(): Promise<readonly Attempt[]>;
  /** Remembers an attempt. What can't be written fails nothing: it helps people, and nothing hangs on it. */
  record(attempt: Attempt): Promise<void>;
  /** What hooks were told last, by a look without holding it; what can't be read is nothing. */
  lastNotified(): Promise<LastNotified | undefined>;
  /**
   * Holds what hooks were told last, until its holder dies; undefined when another process has it, which is telling, and
   * for an environment that isn't there.
   */
  lockNotified(): Promise<LockedNotified | undefined>;
  /** What the machine knows of the place, for `doctor`. @throws Failure `invalid` */
  facts(): Promise<FileFacts>;
}

/** What the machine knows of an environment's file, its folder and what is kept beside it. */
export interface FileFacts {
  readonly where: string;
  readonly folder: string;
  readonly isReadableByOthers: boolean;
  /** Whether others may make and remove files beside it. */
  readonly isFolderOpen: boolean;
  readonly tracking: 'tracked' | 'untracked' | 'unknown';
  readonly hasRecovery: boolean;
  /** Whether tokens of a consent are kept beside it that are not its own. */
  readonly hasAside: boolean;
  /** Files of others and for others, links, and files out of this user's reach: nothing in them is believed. */
  readonly unbelievable: readonly { readonly problem: string; readonly mend: string }[];
}

/** What a hook was told of an environment, and of which organisation. */
export interface LastNotified {
  readonly outcome: string;
  readonly generation: number | null;
  readonly organisation: { readonly id: string; readonly name: string };
}

/** What was told of an environment, while nobody else tells anything of it. */
export interface LockedNotified {
  last(): Promise<LastNotified | undefined>;
  /** @throws Failure `not_noted` */
  note(told: LastNotified): Promise<void>;
  release(): Promise<void>;
}

export interface LockedEnvironment {
  /** @throws Failure `invalid` */
  read(): Promise<Environment>;
  /** Puts a token set that could not be saved earlier in place, if there is a newer one. */
  pickUpRecovery(): Promise<boolean>;
  /**
   * Proves that a token set can be saved: checks that every row can be set, makes room, and really replaces what is there,
   * with these rows set, or with the same text.
   * @throws Failure `invalid`, or `temporary_failure` where it would pass; nothing has been spent then
   */
  prepareSave(mark: Changes): Promise<void>;
  /** Sets rows, durably. @throws Failure `invalid` */
  write(changes: Changes): Promise<void>;
  /** Whether the lock is still this process's, to be asked before each request; a lock of the kernel always is. */
  mayStillSend(): Promise<boolean>;
  /**
   * Keeps a token set, synchronously and before anything else happens, with a generation newer than what is there; what
   * can't be kept in place goes to a recovery place.
   * @throws Failure `not_saved` that says where the tokens are
   */
  keep(changes: Changes): void;
  /** Makes what was kept last through a power cut, and be seen by all. @throws Failure `not_saved` */
  settle(): Promise<void>;
  /** Keeps an answer that no token can be taken from, synchronously; says where, undefined when no place takes it. */
  keepAnswer(body: string): string | undefined;
  /** The token sets kept of late, newest first, of generations after this one. */
  candidates(after: number): Promise<readonly Environment[]>;
  /**
   * Xero has refused this refresh token: from now on a person has to consent.
   * @returns false, and nothing has changed, where another token is held by now
   */
  refuse(refreshToken: string): Promise<boolean>;
  /** Token sets of a consent that are not the environment's, beside it: nobody reads them as its own. */
  readonly aside: Aside;
  /** Puts a whole text in the place of the environment's; one that can't be read is kept aside. @throws Failure `invalid` */
  replace(text: string): Promise<void>;
  /** Whether a callback's code was exchanged here: it is good for one use (RFC 6749 §4.1.2). */
  isUsed(code: string): Promise<boolean>;
  markUsed(code: string): Promise<void>;
  /** When the server, asked too often, said to come back (RFC 9110 §10.2.3); kept across runs. */
  retryAfter(): Promise<Date | null>;
  setRetryAfter(until: Date | null): Promise<void>;
  release(): Promise<void>;
}

/** Where a token set waits until its organisation is judged, and stays when it is refused. */
export interface Aside {
  /** @throws Failure `invalid` */
  pending(): Promise<Environment | undefined>;
  /** Keeps a token set here, as {@link LockedEnvironment.keep} does; it is settled with it. @throws Failure `not_saved` */
  keep(changes: Changes): void;
  /** The pending set's own place, so that it can be refreshed like any environment; it has its own lock. */
  stored(): StoredEnvironment;
  /** Judged, and refused: it stays, but is not asked about with every run. */
  refuse(): Promise<void>;
  /** Brings the newest refused set back, to be judged once more. */
  reconsider(): Promise<void>;
  /** It became the environment's. */
  clear(): Promise<void>;
}

/** What an environment holds, where that can be read. */
export async function readable(stored: Pick<StoredEnvironment, 'read'>): Promise<Environment | undefined> {
  try {
    return await stored.read();
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
