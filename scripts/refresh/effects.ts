import type { Environment } from '../environment/environment';
import type { EnvVariables, Settings } from '../environment/settings';
import type { LockedEnvironment } from '../environment/store';
import type { Answer } from './token-answer';
import type { Tried } from './tried';

/** The world of a refresh. */
export interface RefreshEffects extends Waiting {
  readonly env: EnvVariables;
  now(): Date;
  /** Sends the named request of the collection once; `onAnswer` runs as soon as the answer is here, before all else. */
  ask(settings: Settings, request: TokenRequest, onAnswer: (answer: Answer) => void): Promise<void>;
  /** The last resort before a verdict: whether tokens beside the environment have become its own. */
  rescue?(locked: LockedEnvironment): Promise<boolean>;
  /** Is told how a refresh ended, while nobody else can refresh yet; one that had nothing to ask is not told. */
  record?(ended: Ended): Promise<void>;
}

/** What waiting for an answer needs. */
export interface Waiting {
  /** A clock that nobody sets. */
  monotonicMs(): number;
  sleep(ms: number): Promise<void>;
  /** A number from 0 to 1, for jitter. */
  random(): number;
  /** Someone asked this process to stop: no further try. */
  isStopping(): boolean;
  /** Runs what must not be cut in two: a first signal to stop waits for it. */
  uninterrupted<T>(work: () => Promise<T>): Promise<T>;
}

export type TokenRequest = 'Refresh tokens' | 'Get access token';

export interface Refreshed {
  readonly outcome: 'refreshed' | 'not_due' | 'adopted';
  readonly environment: Environment;
  /** What a person should see to, though it went well. */
  readonly warning?: string | undefined;
}

export type Ended = Readonly<Tried> & ({ readonly refreshed: Refreshed } | { readonly error: unknown });
