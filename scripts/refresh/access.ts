import { minuteMs } from '../text/duration';

/** What the caller of an access token asks for. */
export interface AccessOptions {
  /** The token must stay valid for at least this long. */
  readonly minValidityMs: number;
  /** How long to keep retrying when the server does not answer. */
  readonly patienceMs: number;
  /** How long to wait for another process to release the environment. */
  readonly waitMs: number;
}

/** Enough for sending one request right away. */
export const forOneRequest: AccessOptions = { minValidityMs: minuteMs, patienceMs: 30_000, waitMs: 30_000 };
