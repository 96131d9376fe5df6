import type { Environment } from '../environment/environment';
import type { Settings } from '../environment/settings';
import type { LockedEnvironment } from '../environment/store';
import type { Attempt } from '../history/attempt';
import type { SecretEffects } from './second-secret';
import type { Answer } from './token-answer';
import type { Tried } from './tried';

/** Everything a refresh needs from outside. */
export interface RefreshEffects extends Sends {
  /**
   * Sends the named request of the collection once; `onAnswer` runs as soon as the answer has come, before anything
   * else.
   */
  ask(settings: Settings, request: TokenRequest, onAnswer: (answer: Answer) => void): Promise<void>;
  /** Runs before a grant is given up: takes over tokens kept beside the environment, and returns whether it did. */
  rescue?(locked: LockedEnvironment): Promise<boolean>;
  /** What is logged of how a refresh ended, before its lock is released; nothing is when nothing had to be sent. */
  attemptOf?(ended: Ended): Attempt;
}

/** What sending a token request needs, whatever it asks for. */
export interface Sends extends Waiting, SecretEffects {
  now(): Date;
}

/** What waiting for an answer needs. */
export interface Waiting {
  /** A clock that is never set back. */
  monotonicMs(): number;
  sleep(ms: number): Promise<void>;
  /** A number from 0 to 1, for jitter. */
  random(): number;
  /** Whether this process was asked to stop; then no further try is made. */
  isStopping(): boolean;
  /** Runs work that must not be interrupted: a first signal to stop waits until it has ended. */
  uninterrupted<T>(work: () => Promise<T>): Promise<T>;
}

export type TokenRequest = 'Refresh tokens' | 'Get access token';

export interface Refreshed {
  readonly outcome: 'refreshed' | 'not_due' | 'adopted';
  readonly environment: Environment;
  /** What a person should look at, although the refresh succeeded. */
  readonly warning?: string | undefined;
}

export type Ended = Readonly<Tried> & ({ readonly refreshed: Refreshed } | { readonly error: unknown });
