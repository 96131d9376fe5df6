import { Failure } from '../errors';
import { pauseBefore } from './back-off';
import { sayDuration } from './duration';
import { valueOf, type Environment } from './environment';
import { changesForTokens, consentNeeded, gracePeriodMs, grantOf, type Grant } from './grant';
import { ownTenant } from './connections';
import type { LockedEnvironment } from './home';
import type { Outside, Settings } from './settings';
import { judgeTokenAnswer, type Answer, type Verdict } from './token-answer';

/** The world of a refresh. */
export interface RefreshEffects {
  readonly outside: Outside;
  now(): Date;
  sleep(ms: number): Promise<void>;
  /** A number from 0 to 1, for jitter. */
  random(): number;
  /** Sends the named request of the collection once; `onAnswer` runs as soon as the answer is here, before all else. */
  ask(settings: Settings, request: TokenRequest, onAnswer: (answer: Answer) => void): Promise<void>;
  /** Someone asked this process to stop: no further try. */
  isStopping(): boolean;
}

export type TokenRequest = 'Refresh tokens' | 'Get access token';

export interface Refreshed {
  readonly outcome: 'refreshed' | 'not_due' | 'adopted';
  readonly environment: Environment;
}

/** The life of a marked refresh token: asked with until there is an answer, patience or grace ends, or it is dead. */
export class Spending {
  private readonly deadlineMs: number;
  private readonly graceEndsMs: number;
  private mayBeSpent: boolean;

  constructor(
    private readonly locked: LockedEnvironment,
    private readonly settings: Settings,
    private readonly grant: Grant,
    startedAt: Date,
    patienceMs: number,
    private readonly effects: RefreshEffects,
  ) {
    this.graceEndsMs = startedAt.getTime() + gracePeriodMs;
    this.deadlineMs = Math.min(effects.now().getTime() + patienceMs, this.graceEndsMs);
    this.mayBeSpent = grant.refreshStartedAt !== null;
  }

  async run(): Promise<Refreshed> {
    await this.waitWhilePostponed();
    for (let attempt = 0; ; attempt++) {
      const verdict = await this.ask();
      if (verdict.kind === 'granted') return { outcome: 'refreshed', environment: this.locked.read() };
      if (verdict.kind === 'dead' && this.spends()) return this.bury(verdict.code);
      if (verdict.kind === 'refused' || verdict.kind === 'dead') throw this.refused(verdict.code);
      if (verdict.kind === 'unexpected') throw this.unanswered(verdict);
      this.mayBeSpent ||= verdict.mayBeSpent;
      const pauseMs = pauseBefore(attempt + 1, verdict.retryAfterSeconds, this.effects.random());
      if (this.effects.isStopping() || this.effects.now().getTime() + pauseMs > this.deadlineMs) {
        throw this.unanswered(verdict);
      }
      await this.effects.sleep(pauseMs);
    }
  }

  /** A custom connection has no refresh token: it asks with its secret alone (RFC 6749 §4.4). */
  private spends(): boolean {
    return this.settings.appType !== 'custom_connection';
  }

  /** Sends the request once; a token set is saved inside the answer's event, before this returns. */
  private async ask(): Promise<Verdict> {
    let verdict: Verdict = { kind: 'transient', reason: 'no answer', mayBeSpent: true };
    const request = this.spends() ? 'Refresh tokens' : 'Get access token';
    await this.effects.ask(this.settings, request, (answer) => {
      const now = this.effects.now();
      verdict = judgeTokenAnswer(answer, now);
      if (verdict.kind === 'granted') {
        const changes = changesForTokens(verdict.tokens, this.newestGeneration(), now);
        this.locked.saveTokens({ ...changes, ...(this.spends() ? {} : ownTenant(verdict.tokens.accessToken)) });
        this.locked.postpone(null);
      }
    });
    return verdict;
  }

  /** Someone may have put a later copy in place by hand while the request was under way. */
  private newestGeneration(): number {
    try {
      return Math.max(this.grant.generation, grantOf(this.locked.read(), this.effects.now()).generation);
    } catch {
      return this.grant.generation; // unreadable now: saveTokens will say so, and keep the tokens elsewhere
    }
  }

  /** Only the very token that was refused can be declared dead; a file that moved on is adopted. */
  private bury(code: string): Refreshed {
    const environment = this.locked.read();
    const { name } = environment;
    if (valueOf(environment, 'refresh_token') !== this.grant.refreshToken) return { outcome: 'adopted', environment };
    this.locked.write({ grant_status: 'consent_needed', refresh_started_at: '' });
    return raise(
      consentNeeded(
        name,
        `Xero refused its refresh token (${code}): used by another copy, revoked, or idle for 60 days`,
        code,
      ),
    );
  }

  private refused(code: string): Failure {
    this.unmarkIfUnspent();
    const { name } = this.settings.environment;
    const hint = refusalHints[code] ?? `check the app at developer.xero.com and ${name}'s settings, then run again`;
    return new Failure('refused', code, `Xero refused the app's settings in ${name}: ${code}`, hint);
  }

  private unanswered({ reason, retryAfterSeconds, remedy }: Unanswered): Failure {
    this.unmarkIfUnspent();
    const now = this.effects.now().getTime();
    if (retryAfterSeconds !== undefined) this.locked.postpone(new Date(now + retryAfterSeconds * 1000));
    const { name } = this.settings.environment;
    const leftMs = this.graceEndsMs - now;
    const within = this.mayBeSpent && leftMs > 0 ? ` within ${sayDuration(leftMs)}` : '';
    return new Failure(
      'temporary_failure',
      'not_answering',
      `Xero is not answering for ${name}: ${reason}; nothing is lost`,
      `${remedy === undefined ? '' : `${remedy}; then `}run again${within}: npx evergrant refresh ${name}`,
    );
  }

  /** When the answer says that nothing was spent, or nothing was sent, the file goes back to what it was. */
  private unmarkIfUnspent(): void {
    if (!this.mayBeSpent && this.settings.appType !== 'custom_connection')
      this.locked.write({ refresh_started_at: '' });
  }

  /** Obeys a `Retry-After` that an earlier run was given. */
  private async waitWhilePostponed(): Promise<void> {
    const until = this.locked.postponedUntil()?.getTime() ?? 0;
    const leftMs = until - this.effects.now().getTime();
    // A token that may be spent is lost with its grace: it is asked with once a run, whatever the server would like.
    if (leftMs <= 0 || (this.mayBeSpent && until > this.graceEndsMs - betweenRunsMs)) return;
    if (until > this.deadlineMs) {
      throw this.unanswered({ reason: `it asked to be left alone for another ${sayDuration(leftMs)}` });
    }
    await this.effects.sleep(leftMs);
  }
}

/** Why there is no token set now. */
type Unanswered = Pick<Extract<Verdict, { kind: 'transient' }>, 'reason' | 'retryAfterSeconds' | 'remedy'>;

/** Cron's next run may be this far away, and must still find some of the grace. */
const betweenRunsMs = 15 * 60_000;

const refusalHints: Readonly<Record<string, string>> = {
  invalid_client: 'check client_id and client_secret against the app at developer.xero.com',
  unauthorized_client: 'check that app_type is what the app at developer.xero.com is',
  invalid_scope: 'check scopes against what the app may ask for at developer.xero.com',
};

function raise(failure: Failure): never {
  throw failure;
}
