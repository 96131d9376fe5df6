const [firstPauseMs, longestPauseMs] = [500, 15_000];

/** The pause before try number `attempt`: exponential with jitter, never shorter than the server's `Retry-After`. */
export function pauseBefore(attempt: number, retryAfterSeconds: number | undefined, random: number): number {
  const backOffMs = Math.min(firstPauseMs * 2 ** (attempt - 1), longestPauseMs) * (0.5 + random / 2);
  return Math.max(backOffMs, (retryAfterSeconds ?? 0) * 1000);
}
