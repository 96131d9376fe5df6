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
   * Proves that a token set can be saved: makes room for it and checks that every row can be set.
   * @throws Failure `invalid`; nothing has been spent then
   */
  prepareSave(): void;
  /** Sets rows, durably. @throws Failure `invalid` */
  write(changes: Changes): void;
  /**
   * Saves a token set, durably, at once and synchronously; what can't be saved in place goes to a recovery file.
   * @throws Failure `not_saved` that says where the tokens are
   */
  saveTokens(changes: Changes): void;
  /** The token sets kept of late, newest first. */
  keptGenerations(): readonly Environment[];
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

/** What a home holds, where that can be read. */
export function readable(home: Pick<EnvironmentHome, 'read'>): Environment | undefined {
  try {
    return home.read();
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
