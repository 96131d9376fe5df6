import { minuteMs } from './duration';
import type { RefreshOptions } from './refresh';

/** Options of a refresh that only wants an access token good for the next request. */
export const forOneRequest: RefreshOptions = {
  profile: { kind: 'min_validity', ms: minuteMs },
  isForced: false,
  patienceMs: 30_000,
  waitMs: 30_000,
};
