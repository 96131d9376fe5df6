import { valueOf, type Environment } from '../environment/environment';
import {
  changesForTokens,
  consentNeeded,
  generationOf,
  gracePeriodMs,
  type Grant,
  type TokenSet,
} from '../environment/grant';
import { isXerosUrl } from '../environment/hosts';
import { settingsOf, type Outside, type Settings } from '../environment/settings';
import type { LockedEnvironment } from '../environment/store';
import { ownTenant } from '../environment/tenant';
import { Failure } from '../errors';
import { dayMs, minuteMs, sayDuration } from '../text/duration';
import { pauseBefore } from './back-off';
import { candidatesFor } from './candidates';
import { judgeTokenAnswer, type Answer, type Verdict } from './token-answer';

/** The world of a refresh. */
export interface RefreshEffects {
  readonly outside: Outside;
  now(): Date;
  /** A clock that nobody sets: waiting runs on it. */
  monotonicMs(): number;
  sleep(ms: number): Promise<void>;
  /** A number from 0 to 1, for jitter. */
  random(): number;
  /** Sends the named request of the collection once; `onAnswer` runs as soon as the answer is here, before all else. */
  ask(settings: Settings, request: TokenRequest, onAnswer: (answer: Answer) => void): Promise<void>;
  /** Someone asked this process to stop: no further try. */
  isStopping(): boolean;
  /** The last resort before a verdict: whether tokens beside the environment have become its own. */
  rescue?(locked: LockedEnvironment): Promise<boolean>;
}

export type TokenRequest = 'Refresh tokens' | 'Get access token';

export interface Refreshed {
  readonly outcome: 'refreshed' | 'not_due' | 'adopted';
  readonly environment: Environment;
  /** What a person should see to, though it went well. */
  readonly warning?: string;
}

type Granted = Extract<Verdict, { kind: 'granted' }>;

/** The life of a marked refresh token: asked with until there is an answer, patience or grace ends, or it is dead. */
export class Spending {
  private readonly deadlineMs: number;
  private readonly graceEndsMs: number;
  private mayBeSpent: boolean;

  constructor(
    private readonly locked: LockedEnvironment,
    private readonly settings: Settings,
    private readonly grant: Grant,
    private readonly startedAt: Date,
    patienceMs: number,
    private readonly effects: RefreshEffects,
  ) {
    this.graceEndsMs = startedAt.getTime() + gracePeriodMs;
    const graceLeftMs = this.graceEndsMs - effects.now().getTime();
    this.deadlineMs = effects.monotonicMs() + Math.min(patienceMs, graceLeftMs);
    this.mayBeSpent = grant.refreshStartedAt !== null;
  }

  async run(): Promise<Refreshed> {
    await this.waitWhilePostponed();
    for (let attempt = 1; ; attempt++) {
      const verdict = await this.ask(this.settings);
      if (verdict.kind === 'granted') return await this.refreshedBy(verdict);
      if (verdict.kind === 'dead' && this.spends()) return await this.tryCandidates(verdict.code);
      if (verdict.kind !== 'transient') throw this.failureOf(verdict);
      this.mayBeSpent ||= verdict.mayBeSpent;
      const pauseMs = pauseBefore(attempt, verdict.retryAfterSeconds, this.effects.random());
      if (this.effects.isStopping() || this.effects.monotonicMs() + pauseMs > this.deadlineMs) {
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
  private async ask(settings: Settings): Promise<Verdict> {
    let verdict: Verdict = { kind: 'transient', reason: 'no answer', mayBeSpent: true };
    const request = this.spends() ? 'Refresh tokens' : 'Get access token';
    await this.effects.ask(settings, request, (answer) => {
      verdict = judgeTokenAnswer(answer, this.effects.now());
      if (verdict.kind === 'granted') this.save(verdict.tokens);
      if (verdict.kind === 'unusable' && answer.kind === 'answer') throw this.unusable(answer.body, verdict.reason);
    });
    return verdict;
  }

  /** Where no new refresh token came, the old one may be spent all the same: its mark stays. */
  private save(tokens: TokenSet): void {
    const changes = changesForTokens(tokens, this.newestGeneration(), this.effects.now());
    if (!this.spends()) this.locked.saveTokens({ ...changes, ...ownTenant(tokens.accessToken) });
    else if (tokens.refreshToken !== undefined) this.locked.saveTokens(changes);
    else this.locked.saveTokens({ ...changes, refresh_started_at: this.startedAt.toISOString() });
    this.locked.postpone(null);
  }

  /** Someone may have put a later copy in place by hand while the request was under way. */
  private newestGeneration(): number {
    try {
      return Math.max(this.grant.generation, generationOf(this.locked.read()));
    } catch {
      return this.grant.generation; // unreadable now: saveTokens will say so, and keep the tokens elsewhere
    }
  }

  private async refreshedBy({ tokens }: Granted): Promise<Refreshed> {
    const isWhole = !this.spends() || tokens.refreshToken !== undefined || (await this.asksForRefreshToken());
    const environment = this.locked.read();
    return { outcome: 'refreshed', environment, ...(isWhole ? {} : { warning: noRefreshToken(environment.name) }) };
  }

  /** An answer without a new refresh token is asked for again: inside the grace Xero tells the same successor again. */
  private async asksForRefreshToken(): Promise<boolean> {
    for (let attempt = 1; attempt <= mostTriesForRefreshToken; attempt++) {
      if (this.effects.isStopping()) return false; // the mark stays: the next run asks again
      await this.effects.sleep(pauseBefore(attempt, undefined, this.effects.random()));
      const verdict = await this.ask(this.settings);
      if (verdict.kind === 'granted' && verdict.tokens.refreshToken !== undefined) return true;
      if (verdict.kind !== 'granted') return false;
    }
    this.locked.write({ refresh_started_at: '' });
    return false;
  }

  /** Only the very token that was refused can be declared dead, and only when no other that is kept here lives. */
  private async tryCandidates(code: string): Promise<Refreshed> {
    const environment = this.locked.read();
    const refused = new Set([this.grant.refreshToken]);
    if (!refused.has(valueOf(environment, 'refresh_token'))) return { outcome: 'adopted', environment };
    for (;;) {
      const kept = candidatesFor(environment, this.locked.keptGenerations(0), this.effects.now());
      const token = kept.map((one) => valueOf(one, 'refresh_token')).find((one) => !refused.has(one));
      if (token === undefined || this.effects.isStopping()) break;
      const verdict = await this.ask(this.settingsWith(token));
      if (verdict.kind === 'granted') return await this.refreshedBy(verdict);
      if (verdict.kind !== 'dead') throw this.failureOf(verdict);
      refused.add(token);
    }
    if (await this.effects.rescue?.(this.locked)) return { outcome: 'adopted', environment: this.locked.read() };
    this.locked.write({ grant_status: 'consent_needed', refresh_started_at: '' });
    const why = `Xero refused its refresh token (${code}): used by another copy, revoked, or idle for 60 days`;
    throw consentNeeded(environment.name, why, code);
  }

  /** The settings as they are today, with a token that is kept beside them. */
  private settingsWith(refreshToken: string): Settings {
    const { environment } = this.settings;
    const variables = environment.variables.map((row) =>
      row.key === 'refresh_token' ? { ...row, value: refreshToken } : row,
    );
    return settingsOf({ ...environment, variables }, this.effects.outside, environment.name);
  }

  private failureOf(verdict: Exclude<Verdict, Granted>): Failure {
    if (verdict.kind === 'refused' || verdict.kind === 'dead') return this.refused(verdict.code);
    if (verdict.kind === 'transient') return this.unanswered(verdict);
    this.mayBeSpent = true; // whoever answered, Xero may have rotated the token before
    const isElsewhere = verdict.kind === 'misdirected' && !isXerosUrl(this.settings.value('token_url'));
    return isElsewhere ? misdirected(this.settings, verdict.reason) : this.unanswered(verdict);
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

  /** It was paid for: whoever finds out what is wrong with it may still save the connection. */
  private unusable(body: string, reason: string): Failure {
    const { name } = this.settings.environment;
    return unusableAnswer(this.locked, body, reason, name, `npx evergrant refresh ${name}`);
  }

  /** When the answer says that nothing was spent, or nothing was sent, the file goes back to what it was. */
  private unmarkIfUnspent(): void {
    if (!this.mayBeSpent && this.spends()) this.locked.write({ refresh_started_at: '' });
  }

  /** Obeys a `Retry-After` that an earlier run was given; a day is the longest that makes sense, whatever was noted. */
  private async waitWhilePostponed(): Promise<void> {
    const until = this.locked.postponedUntil()?.getTime() ?? 0;
    const leftMs = until - this.effects.now().getTime();
    if (leftMs <= 0 || leftMs > dayMs) return;
    // A token that may be spent is lost with its grace: it is asked with once a run, whatever the server would like.
    if (this.mayBeSpent && until > this.graceEndsMs - betweenRunsMs) return;
    if (this.effects.monotonicMs() + leftMs > this.deadlineMs) {
      throw this.unanswered({ reason: `it asked to be left alone for another ${sayDuration(leftMs)}` });
    }
    await this.effects.sleep(leftMs);
  }
}

/** Why there is no token set now. */
type Unanswered = Pick<Extract<Verdict, { kind: 'transient' }>, 'reason' | 'retryAfterSeconds' | 'remedy'>;

/** Keeps an answer that no token can be taken from where tokens wait, and says so. */
export function unusableAnswer(
  locked: LockedEnvironment,
  body: string,
  reason: string,
  name: string,
  command: string,
): Failure {
  const place = locked.keepAnswer(body);
  const where = place === undefined ? 'and it could not be kept either' : `it is in ${place}`;
  const message = `the answer for ${name} can't be used (${reason}); ${where}`;
  return new Failure('not_saved', 'unusable_answer', message, `Xero gives the same again for 30 minutes: ${command}`);
}

function misdirected({ environment: { name } }: Settings, reason: string): Failure {
  return new Failure(
    'refused',
    'wrong_url',
    `token_url in ${name} leads to no token endpoint: ${reason}`,
    `set token_url to Xero's own, as in environments/*.template.postman_environment.json`,
  );
}

function noRefreshToken(name: string): string {
  return `Xero gave ${name} no new refresh token; the old one is kept: see that scopes has offline_access`;
}

/** Cron's next run may be this far away, and must still find some of the grace. */
const betweenRunsMs = 15 * minuteMs;

const mostTriesForRefreshToken = 3;

const refusalHints: Readonly<Record<string, string>> = {
  invalid_client: 'check client_id and client_secret against the app at developer.xero.com',
  unauthorized_client: 'check that app_type is what the app at developer.xero.com is',
  invalid_scope: 'check scopes against what the app may ask for at developer.xero.com',
};
