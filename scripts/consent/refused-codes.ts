import { Failure } from '../errors';
import { minuteMs, formatDuration } from '../text/duration';
import { fingerprint } from '../text/fingerprint';

/** After Xero has refused this many codes of one environment, the next one waits. */
const mostRefusedCodes = 5;
const [shortestWaitMs, longestWaitMs] = [minuteMs, 15 * minuteMs];
/** After this long with no refused code, the count starts again. */
const forgottenAfterMs = 30 * minuteMs;

interface Refused {
  /** Fingerprints of the last refused codes. Such a code never works, so reloading a page sends no request. */
  readonly codes: readonly string[];
  readonly count: number;
  readonly lastMs: number;
}

/**
 * Limits how many invented codes are sent to Xero for one environment's link, because all customers share the app's
 * rate limit. Times are in milliseconds of a clock that is never set back.
 */
export class RefusedCodes {
  private readonly byName = new Map<string, Refused>();

  /** How long the next code of this environment must wait, in milliseconds; 0 for not at all. */
  waitMs(name: string, nowMs: number): number {
    const { count, lastMs } = this.known(name, nowMs);
    if (count < mostRefusedCodes) return 0;
    const wholeWaitMs = Math.min(shortestWaitMs * 2 ** (count - mostRefusedCodes), longestWaitMs);
    return Math.max(lastMs + wholeWaitMs - nowMs, 0);
  }

  isRefused(name: string, code: string, nowMs: number): boolean {
    return this.known(name, nowMs).codes.includes(fingerprint(code, codeDigits));
  }

  refuse(name: string, code: string, nowMs: number): void {
    const { codes, count } = this.known(name, nowMs);
    const last = [...codes, fingerprint(code, codeDigits)].slice(-2 * mostRefusedCodes);
    this.byName.set(name, { codes: last, count: count + 1, lastMs: nowMs });
  }

  forget(name: string): void {
    this.byName.delete(name);
  }

  private known(name: string, nowMs: number): Refused {
    const refused = this.byName.get(name);
    if (refused !== undefined && nowMs - refused.lastMs < forgottenAfterMs) return refused;
    this.byName.delete(name);
    return { codes: [], count: 0, lastMs: nowMs };
  }
}

const codeDigits = 16;

export function tooManyCodes(name: string, waitMs: number): Failure {
  return new Failure(
    'temporary_failure',
    'too_many_codes',
    `too many codes for ${name} were refused by Xero: the next one is tried in ${formatDuration(waitMs)}`,
    `if its link has got into wrong hands, connect it: npx evergrant consent ${name}`,
  );
}
