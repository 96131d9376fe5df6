import { minuteMs } from '../text/duration';

/** What somebody wants who needs an access token. */
export interface AccessOptions {
  /** How long it must be good for at least. */
  readonly minValidityMs: number;
  /** How long to go on asking a server that doesn't answer. */
  readonly patienceMs: number;
  /** How long to wait for another process to let go of the environment. */
  readonly waitMs: number;
}

/** For whoever sends one request next. */
export const forOneRequest: AccessOptions = { minValidityMs: minuteMs, patienceMs: 30_000, waitMs: 30_000 };
