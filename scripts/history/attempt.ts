/** How an attempt to refresh can end, in the words of `refresh --json`, and what else happens in a connection's life. */
export const attemptOutcomes = [
  'refreshed',
  'not_due',
  'adopted',
  'consent_needed',
  'temporary_failure',
  'busy',
  'refused',
  'not_saved',
  'invalid',
  'connected',
  'taken_over',
  'restored',
  'disconnected',
] as const;

type AttemptOutcome = (typeof attemptOutcomes)[number];

/** One attempt at an environment's connection: a line of the log. Nothing in it is secret. */
export interface Attempt {
  /** When it began. */
  readonly at: Date;
  readonly environment: string;
  readonly outcome: AttemptOutcome;
  readonly durationMs: number;
  /** How many requests were sent. */
  readonly tries: number;
  readonly generation: number | null;
  /** The fingerprint of the refresh token that was sent or replaced. */
  readonly before: string | null;
  /** The fingerprint of the refresh token that the file holds now; null where it is unknown or there is none. */
  readonly after: string | null;
  /** The HTTP status of the last answer; null when there was none. */
  readonly status: number | null;
  /** Xero's name for the last request, for its support. */
  readonly correlation: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  /** The names of two organisations, where a change of the connection was one from the first to the second. */
  readonly moved: { readonly from: string; readonly to: string } | null;
}

/** The last time that somebody tried to refresh an environment, and how it went. */
export interface LastAttempt extends Pick<Attempt, 'at' | 'outcome'> {
  /** When another organisation took the place of the one before, as far as the log goes back. */
  readonly move: (NonNullable<Attempt['moved']> & { readonly at: Date }) | null;
}
