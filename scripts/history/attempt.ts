import * as v from 'valibot';

/** How an attempt to refresh can end, in the words of `refresh --json`, and what else a log entry can record. */
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
  'renamed',
  'handed_over',
] as const;

type AttemptOutcome = (typeof attemptOutcomes)[number];

/** One attempt at an environment's connection: a line of the log. It holds no secret. */
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
  /** The fingerprint of the refresh token that the file holds now; null when it is unknown or there is none. */
  readonly after: string | null;
  /** The HTTP status of the last answer; null when there was none. */
  readonly status: number | null;
  /** The correlation id of the last request; Xero's support asks for it. */
  readonly correlation: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  /** The names of the organisations before and after, if the connection moved to another one. */
  readonly moved: { readonly from: string; readonly to: string } | null;
  /** The name that the environment had before; only of `renamed`. */
  readonly was?: string | undefined;
}

/** The last attempt to refresh an environment, and how it ended. */
export interface LastAttempt extends Pick<Attempt, 'at' | 'outcome'> {
  /** When the first of the attempts began that have ended like this one since, with no other between them. */
  readonly since: Date;
  /** The last move to another organisation in the log; null when there is none. */
  readonly move: (NonNullable<Attempt['moved']> & { readonly at: Date }) | null;
}

const instant = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.transform((text) => new Date(text)),
  v.date(),
);

/** An attempt as it is kept. A property that another version adds or leaves out must not hide the rest. */
const kept = v.object({
  at: instant,
  environment: v.string(),
  outcome: v.picklist(attemptOutcomes),
  durationMs: v.fallback(v.number(), 0),
  tries: v.fallback(v.number(), 0),
  generation: v.fallback(v.nullable(v.number()), null),
  before: v.fallback(v.nullable(v.string()), null),
  after: v.fallback(v.nullable(v.string()), null),
  status: v.fallback(v.nullable(v.number()), null),
  correlation: v.fallback(v.nullable(v.string()), null),
  moved: v.fallback(v.nullable(v.object({ from: v.string(), to: v.string() })), null),
  was: v.fallback(v.optional(v.string()), undefined),
  error: v.fallback(v.nullable(v.object({ code: v.string(), message: v.string() })), null),
});

/** The attempt that a kept JSON value holds; undefined for any other value. */
export function attemptIn(value: unknown): Attempt | undefined {
  const parsed = v.safeParse(kept, value);
  return parsed.success ? parsed.output : undefined;
}
