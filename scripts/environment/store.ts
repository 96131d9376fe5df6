import { Failure } from '../errors';
import type { Attempt, LastAttempt } from '../history/attempt';
import type { DailyHistory } from '../history/days';
import type { Trouble } from '../history/trouble';
import type { KeyRing } from '../sealing/key-ring';
import type { Sealing } from '../sealing/sealing';
import type { App, AppKey, AppValues } from './app-values';
import type { Client } from './client';
import type { Owned } from './duplicates';
import type { Changes, Environment } from './environment';

/**
 * Where environments are kept, with everything that belongs to them: rows, lock, kept token sets, attempts, and what
 * hooks were last notified of. Today's store is a folder of files (`files/file-store.ts`);
 * `test/environment/store-conformance.ts` says what every store must do.
 */
export interface EnvironmentStore {
  /** The place as a person would name it, for messages. */
  readonly where: string;
  /** What to say where there is no environment at all: a job that finds none must not succeed. */
  noneFound(): Failure;
  /** The names of the environments, sorted. @throws Failure `invalid` where the store can't be read */
  names(): Promise<readonly string[]>;
  /**
   * One environment, whether it exists or not, by its name or by another form that people use, such as a path.
   * @throws Failure `invalid` for a text that is neither
   */
  environment(nameOrPlace: string): StoredEnvironment;
  /**
   * The store that has what is kept of an environment under its name, such as its attempts: this one, or that of the folder
   * that a path leads to, where another environment may have the same name.
   */
  homeOf(nameOrPlace: string): EnvironmentStore;
  /**
   * Gives an environment another name, with all that is kept for it, under its lock. What is cut off leaves one
   * environment, under one of the two names, and is finished by the same call.
   * @throws Failure `invalid`, having changed nothing, where the new name is taken; `busy`
   */
  rename(nameOrPlace: string, to: string, waitMs: number): Promise<void>;
  /** The name that an environment has now, by a name that it had; undefined for any other name, and one that is in use. */
  currentName(former: string): Promise<string | undefined>;
  /**
   * Removes an environment with all tokens that are kept for it, under its lock; the record of attempts stays. Of a link only
   * the link goes, and `mayGo` is not asked. `mayGo` is
   * given what is there (undefined when it can't be read) and throws to keep it.
   * @throws Failure `invalid` where there is nothing to remove; `busy`
   */
  remove(nameOrPlace: string, waitMs: number, mayGo: (there: Environment | undefined) => void): Promise<void>;
  /** The names of the apps whose settings are kept once for all their environments, sorted. */
  apps(): Promise<readonly string[]>;
  /** One app, whether it exists or not. @throws Failure `invalid` for a name that no app may have */
  app(name: string): StoredApp;
  /** The programs that may ask for access tokens. */
  clients(): ClientRegistry;
  /** The data keys of its sealed values, and what of it is sealed. */
  keyRing(): StoredKeyRing;
  /** Undefined where every environment has to be read to know which are due. */
  readonly fleet?: SharedFleet;
  /** Reads many environments, each once, in this order. Used to find those that are due, and to list them. */
  look(names: readonly string[]): AsyncIterable<Look>;
  /** Undefined where each environment has to be read whole to say what its state is. */
  readonly overview?: Overview;
  /** The last attempt at each environment, by its name. A log that can't be read counts as empty. */
  lastAttempts(): Promise<ReadonlyMap<string, LastAttempt>>;
  /** What people were told of the whole store, read without the lock; nothing when it can't be read. */
  said(): Promise<readonly Trouble[]>;
  /**
   * Locks what people were told, for a run over the whole store. When nothing can be kept, or another process has it for
   * longer than `waitMs`, what is returned knows nothing and can note nothing.
   */
  lockSaid(waitMs: number): Promise<LockedSaid>;
  /** What happened on each of the last days, to every environment. A log that can't be read counts as empty. */
  days(now: Date): Promise<DailyHistory>;
  /**
   * An index for finding which environments a callback's state may be for, instead of reading all of them. `nameIn`
   * gives the name that a state gives, unverified; undefined where it gives none.
   */
  claims(nameIn: (state: string) => string | undefined): Promise<ClaimIndex>;
}

/** The programs that may ask for access tokens, kept with the environments. */
export interface ClientRegistry {
  /** The place as a person would name it, for messages. */
  readonly where: string;
  /** See {@link StoredEnvironment.version}. */
  version(): string | undefined;
  /** All of them, sorted by their ids. @throws Failure `invalid` where the list makes no sense */
  list(): Promise<readonly Client[]>;
  /**
   * Puts what `change` returns in their place, durably, and no other process changes them meanwhile. `change` may be
   * called again, with what another process has made of them; what it throws changes nothing.
   * @throws Failure `invalid`, or `busy` when another process changes them for longer than `waitMs`
   */
  change(change: (clients: readonly Client[]) => readonly Client[], waitMs: number): Promise<void>;
}

/** A store's key ring, which is kept in it. */
export interface StoredKeyRing {
  /** The place as a person would name it, for messages. */
  readonly where: string;
  /** For how long values that were sealed with an older data key may come back to the store, from other machines' disks. */
  readonly comesBackMs: number;
  /** What seals and opens by it; undefined where there is no ring. @throws Failure `invalid` */
  sealing(): Promise<Sealing | undefined>;
  /**
   * Puts what `change` returns in its place, durably, and no other process changes it meanwhile; it is given undefined where
   * there is none, and may be called again. What it throws changes nothing.
   * @throws Failure `invalid`, or `busy` when another process changes it for longer than `waitMs`
   */
  change(change: (ring: KeyRing | undefined) => KeyRing, waitMs: number): Promise<void>;
}

/** When an environment of a fleet is due, for a store that finds them by itself. */
export interface DueWhen {
  readonly profile: 'min_validity' | 'keep_alive';
  /** How much validity an access token must have left, with `min_validity`. */
  readonly ms: number;
  /** How much earlier some become due, at the most. */
  readonly mostEarlyMs: number;
}

/** What a run over all environments asks of a store that several machines share, instead of reading each of them. */
export interface SharedFleet {
  /** The store's own time, whether it is empty, and how many are due. */
  begin(when: DueWhen): Promise<{ readonly at: Date; readonly isEmpty: boolean; readonly due: number }>;
  count(): Promise<number>;
  /**
   * Takes up to `most` environments that are due, that nobody holds, and that no run has taken since `since`; `lock` of this
   * store then has their locks at once. None: other processes have the rest.
   */
  claim(when: DueWhen, since: Date, most: number): Promise<readonly string[]>;
  /** Lets go of one that was claimed and not locked. */
  drop(name: string): Promise<void>;
  /**
   * Those of which a run has something to say, whether they are due or not: that need consent, that wait to be recovered, whose
   * import was cut off, of which people were told, and, where there are hooks, of which those were not told yet.
   */
  noteworthy(hasHooks: boolean): Promise<readonly string[]>;
}

/** A token set on this machine's disk that a store elsewhere has not confirmed. */
export interface Unconfirmed {
  readonly file: string;
  readonly since: Date;
}

/** An import that was cut off: nobody refreshes the environment until it is finished. */
export interface CutOff {
  readonly since: Date;
  /** Says the command that finishes it. */
  readonly failure: Failure;
}

/** The result of reading one environment. */
export type Look = { readonly given: string } & (
  | {
      readonly environment: Environment;
      /** Whether a token set waits to be recovered or judged. */
      readonly hasRecovery: boolean;
      readonly unconfirmed?: Unconfirmed | undefined;
      readonly cutOff?: CutOff | undefined;
    }
  | { readonly error: unknown }
);

/** What a status is made of, in a store that knows it of many environments and reads none of them whole. */
export interface Overview {
  /** Of these environments, or of all, in the order of their names; the environments hold words in the place of tokens. */
  sights(names: readonly string[] | undefined): AsyncIterable<Sight>;
  /** Of all but those that are connected and well. */
  troubledSights(): AsyncIterable<Sight>;
  /** How many are connected and well, and the names of those whose consent ends first; of one organisation, if given. */
  well(
    tenantId: string | undefined,
    most: number,
  ): Promise<{ readonly count: number; readonly names: readonly string[] }>;
  /** Whose tokens those hold whose user has several. */
  owned(): Promise<readonly Owned[]>;
}

/** What a status is made of, of one environment. */
export type Sight = { readonly given: string; readonly lastAttempt: LastAttempt | null } & (
  | {
      readonly environment: Environment;
      /** Whether a process holds its lock. */
      readonly isLocked: boolean;
      readonly unconfirmed: Unconfirmed | undefined;
      readonly cutOff?: CutOff | undefined;
    }
  | { readonly error: unknown }
);

/** Finds environments by name or state, for each callback. */
export interface ClaimIndex {
  /**
   * The environments that an unverified state may be for, found by name, by inner name, or by the state kept in them.
   */
  claimants(state: string): Promise<readonly string[]>;
  /** Some environment; the same one each time for the same number. Undefined when the store is empty. */
  pick(number: number): Promise<string | undefined>;
  /** Reads again what has changed since it was read. */
  reread(): Promise<void>;
}

/** The settings of an app, kept once for all environments that name it in their row `app`. */
export interface StoredApp {
  readonly name: string;
  /** The place as a person would name it, for messages. */
  readonly where: string;
  /** What there is, with its secrets as they stand; without values when there is no such app. */
  read(): Promise<App>;
  /** Its values, opened; undefined when there is no such app. @throws Failure `invalid` */
  values(): Promise<AppValues | undefined>;
  /** Seals its secrets anew, or opens them, as the store wants them. Returns how many values that changed. @throws Failure */
  reseal(waitMs: number): Promise<number>;
  /**
   * Sets values, durably, and makes the app when it is not there; a blank value takes the setting away. Returns the keys
   * whose values have changed.
   * @throws Failure `invalid`, or `busy` when another process changes it for longer than `waitMs`
   */
  change(values: AppValues, waitMs: number): Promise<readonly AppKey[]>;
  facts(): Promise<AppFacts>;
}

/** What the file system says about an app's place, for `doctor`. */
export interface AppFacts {
  readonly isReadableByOthers: boolean;
  readonly isTracked: boolean;
}

/** One environment: read it without a lock, or lock it and write. */
export interface StoredEnvironment {
  readonly name: string;
  /** The place as a person would name it, for messages. */
  readonly where: string;
  /** Whether there is one, readable or not. */
  exists(): Promise<boolean>;
  /** Makes it with this text, for this user alone. @throws Failure `invalid`, having changed nothing, when there is one */
  create(text: string): Promise<void>;
  /** @throws Failure `invalid` */
  read(): Promise<Environment>;
  /** The file that it really is, and whether it is a link to that; undefined where it is no file. */
  realFile?(): { readonly file: string; readonly isLink: boolean };
  /**
   * A text that differs once what `read` returns has changed, and costs much less; undefined where only reading tells.
   * What was read after a version was asked for is at least as new as that version.
   */
  version(): string | undefined;
  /** Until when Xero asked to be left alone, as the last refresh has kept it; null where it didn't. Read without a lock. */
  postponedUntil(): Promise<Date | null>;
  /** Whether this is a name that it had before. */
  hadName(name: string): Promise<boolean>;
  /**
   * Whether a token set waits to be taken up: one that could not be saved here, or one that an older copy, put back, has lost.
   * `known` is what was just read.
   */
  hasRecovery(known?: Environment): Promise<boolean>;
  /** Whether a token set waits because its organisation is not judged yet. */
  hasPending(): Promise<boolean>;
  /** Whether such a token set waits, or was refused. */
  hasAside(): Promise<boolean>;
  /**
   * Takes the environment's lock, which is freed when its holder ends.
   * @throws Failure `busy` when another process holds it for longer than `waitMs`
   */
  lock(waitMs: number): Promise<LockedEnvironment>;
  /** Whether a process holds the lock at this moment. It waits for nobody. */
  isLocked(): Promise<boolean>;
  /** Every attempt that is still recorded, in the order in which they ended. */
  attempts(): Promise<readonly Attempt[]>;
  /** Records an attempt. A record that can't be written is no failure: it only informs people. */
  record(attempt: Attempt): Promise<void>;
  /** What hooks were last notified of, read without the lock; undefined when it can't be read. */
  lastNotified(): Promise<LastNotified | undefined>;
  /**
   * Locks what hooks were last notified of, until its holder ends; undefined when another process has the lock, because
   * it is notifying, and for an environment that does not exist.
   */
  lockNotified(): Promise<LockedNotified | undefined>;
  /** What the file system says about the place, for `doctor`. @throws Failure `invalid` */
  facts(): Promise<FileFacts>;
}

/** What the file system says about an environment's file, its folder and what is kept beside it. */
export interface FileFacts {
  readonly where: string;
  readonly folder: string;
  readonly isReadableByOthers: boolean;
  /** Whether other users may make and remove files beside it. */
  readonly isFolderOpen: boolean;
  readonly tracking: 'tracked' | 'untracked' | 'unknown';
  /** The folder of the Postman workspace that sends it to Postman's cloud, if one does. */
  readonly pushedWorkspace: string | undefined;
  readonly hasRecovery: boolean;
  /** What waits to be recovered, where the store is elsewhere. */
  readonly unconfirmed?: Unconfirmed | undefined;
  /** The name that it had, where its renaming was cut off and something is still kept under that. */
  readonly unfinishedName: string | undefined;
  /** Whether tokens of a consent that are not its own are kept beside it. */
  readonly hasAside: boolean;
  /**
   * Files that other users own or may write, links, and files that this user can't read: their contents are not
   * trusted.
   */
  readonly unbelievable: readonly { readonly problem: string; readonly mend: string }[];
}

/** What hooks were notified of for an environment, and of which organisation. */
export interface LastNotified {
  readonly outcome: string;
  readonly generation: number | null;
  readonly organisation: { readonly id: string; readonly name: string };
}

/** What hooks were last notified of for an environment, while no other process can notify. */
export interface LockedNotified {
  last(): Promise<LastNotified | undefined>;
  /** @throws Failure `not_noted` */
  note(last: LastNotified): Promise<void>;
  release(): Promise<void>;
}

/** What people were told of a store, while no other process can tell them. */
export interface LockedSaid {
  troubles(): Promise<readonly Trouble[]>;
  /** @throws Failure `not_noted` */
  note(troubles: readonly Trouble[]): Promise<void>;
  release(): Promise<void>;
}

export interface LockedEnvironment {
  /** @throws Failure `invalid` */
  read(): Promise<Environment>;
  /** Puts a token set that could not be saved earlier in place, if it is newer. Returns whether it did. */
  pickUpRecovery(): Promise<boolean>;
  /**
   * Proves that a token set can be saved: checks that every row can be set, preallocates its space, and really replaces
   * the file, with these rows set or with the same text.
   * @throws Failure `invalid`, or `temporary_failure` when the reason may pass; no token has been sent then
   */
  prepareSave(mark: Changes): Promise<void>;
  /** Sets rows, durably. @throws Failure `invalid` */
  write(changes: Changes): Promise<void>;
  /** Whether this process still has the lock. Asked before each request; a kernel lock is never lost. */
  mayStillSend(): Promise<boolean>;
  /**
   * Keeps a token set, synchronously and before anything else happens, with a generation newer than what is there; if
   * the file can't take it, it goes to a recovery file.
   * @throws Failure `not_saved` that says where the tokens are
   */
  keep(changes: Changes): void;
  /** Makes what was kept survive a power cut, and visible to every reader. @throws Failure `not_saved` */
  settle(): Promise<void>;
  /**
   * Keeps an answer from which no token can be read, synchronously. Returns where; undefined when no place takes it.
   */
  keepAnswer(body: string): string | undefined;
  /** Keeps what is held now among the kept token sets, durably: for a person, once it is gone from here. */
  keepHeld(): Promise<void>;
  /** The kept token sets of generations after this one, newest first. */
  candidates(after: number): Promise<readonly Environment[]>;
  /**
   * Notes that Xero has refused this refresh token, so that a person must consent again.
   * @returns false, having changed nothing, when the environment now holds another token
   */
  refuse(refreshToken: string): Promise<boolean>;
  /** Token sets kept beside the environment that are not its own. */
  readonly aside: Aside;
  /**
   * Replaces the environment's whole text; an old one that can't be read is put in quarantine. @throws Failure
   * `invalid`
   */
  replace(text: string): Promise<void>;
  /**
   * Puts all secrets that are kept of it in the form that the store wants: sealed with the newest data key, or not sealed.
   * Returns how many texts that changed. What is cut off can be done again.
   * @throws Failure `invalid` when this process has no key for it
   */
  reseal(): Promise<number>;
  /** Whether a callback's code was exchanged here; a code works once (RFC 6749 §4.1.2). */
  isUsed(code: string): Promise<boolean>;
  markUsed(code: string): Promise<void>;
  /** The time of the server's last `Retry-After` (RFC 9110 §10.2.3); kept across runs. */
  retryAfter(): Promise<Date | null>;
  setRetryAfter(until: Date | null): Promise<void>;
  /** Lets others have it, and records an attempt before, if one is given, as {@link StoredEnvironment.record} does. */
  release(attempt?: Attempt): Promise<void>;
}

/** The place where a token set waits until its organisation is judged, and where it stays when that is refused. */
export interface Aside {
  /** @throws Failure `invalid` */
  pending(): Promise<Environment | undefined>;
  /**
   * Keeps a token set here, as {@link LockedEnvironment.keep} does; `settle` covers both. @throws Failure `not_saved`
   */
  keep(changes: Changes): void;
  /** The pending set as an environment with a lock of its own, so that it can be refreshed like any other. */
  stored(): StoredEnvironment;
  /** Notes that the pending set was judged and refused: it is kept, but not judged again in every run. */
  refuse(): Promise<void>;
  /** Makes the newest refused set pending again, to be judged once more. */
  reconsider(): Promise<void>;
  /** Removes the pending set, which has become the environment's own. */
  clear(): Promise<void>;
}

/** The environment, or undefined when it can't be read. */
export async function readable(stored: Pick<StoredEnvironment, 'read'>): Promise<Environment | undefined> {
  try {
    return await stored.read();
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
