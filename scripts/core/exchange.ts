import { Failure } from '../errors';
import { pauseBefore } from './back-off';
import { checkState, type CodeCallback } from './callback';
import { minuteMs } from './duration';
import type { Environment } from './environment';
import { changesForTokens, consentNeeded, grantOf } from './grant';
import type { EnvironmentHome, LockedEnvironment } from './home';
import { credentialKeys, requireSettings, settingsOf, type Outside, type Settings } from './settings';
import { judgeTokenAnswer, type Answer, type Verdict } from './token-answer';

/** An authorization code lives for five minutes (Xero's auth-flow page). */
const codeLifetimeMs = 5 * minuteMs;

export interface ExchangeEffects {
  readonly outside: Outside;
  now(): Date;
  sleep(ms: number): Promise<void>;
  random(): number;
  /** Sends **Exchange code** once; `onAnswer` runs as soon as the answer is here, before all else. */
  ask(settings: Settings, callback: CodeCallback, onAnswer: (answer: Answer) => void): Promise<void>;
}

export interface Exchanged {
  readonly environment: Environment;
  /** False when the scopes had no `offline_access`: the connection ends with its access token. */
  readonly hasRefreshToken: boolean;
}

/**
 * Exchanges a callback's code for tokens (RFC 6749 §4.1.3) under the lock, and saves them as a refresh does: room first,
 * then the code is spent, then at once the file. `locked` stays the caller's.
 * @throws Failure; the tokens in the file are as they were, unless its kind is `not_saved`
 */
export async function exchangeCode(
  home: EnvironmentHome,
  locked: LockedEnvironment,
  callback: CodeCallback,
  patienceMs: number,
  effects: ExchangeEffects,
): Promise<Exchanged> {
  locked.pickUpRecovery();
  const environment = locked.read();
  const settings = settingsOf(environment, effects.outside, home.where);
  requireSettings(settings, ['token_url', 'redirect_uri', ...credentialKeys(settings.appType)], home.where);
  checkState(callback.state, settings, effects.now());
  if (locked.isUsed(callback.code)) throw usedAlready(home.name, 'used here already');
  locked.prepareSave();
  const deadlineMs = effects.now().getTime() + Math.min(patienceMs, codeLifetimeMs);
  for (let attempt = 1; ; attempt++) {
    const verdict = await askOnce(settings, callback, locked, effects);
    if (verdict.kind === 'granted') {
      locked.markUsed(callback.code);
      return { environment: locked.read(), hasRefreshToken: verdict.tokens.refreshToken !== undefined };
    }
    const retryAfterSeconds = verdict.kind === 'transient' ? verdict.retryAfterSeconds : undefined;
    const pauseMs = pauseBefore(attempt, retryAfterSeconds, effects.random());
    if (verdict.kind !== 'transient' || effects.now().getTime() + pauseMs > deadlineMs)
      throw failureOf(verdict, home.name);
    await effects.sleep(pauseMs);
  }
}

async function askOnce(
  settings: Settings,
  callback: CodeCallback,
  locked: LockedEnvironment,
  effects: ExchangeEffects,
): Promise<Verdict> {
  let verdict: Verdict = { kind: 'transient', reason: 'no answer', mayBeSpent: true };
  await effects.ask(settings, callback, (answer) => {
    const now = effects.now();
    verdict = judgeTokenAnswer(answer, now);
    if (verdict.kind !== 'granted') return;
    const { generation } = grantOf(settings.environment, now);
    const used = { callback_url: '', ...(settings.appType === 'pkce' ? { code_verifier: '' } : {}) };
    locked.saveTokens({ ...changesForTokens(verdict.tokens, generation, now), ...used });
  });
  return verdict;
}

function usedAlready(name: string, why: string): Failure {
  return consentNeeded(name, `its code is refused (invalid_grant): ${why}`, 'invalid_grant');
}

function failureOf(verdict: Exclude<Verdict, { kind: 'granted' }>, name: string): Failure {
  if (verdict.kind === 'dead') {
    return usedAlready(name, 'used already, or over 5 minutes old');
  }
  if (verdict.kind === 'refused') {
    const hint = `check client_id, client_secret and redirect_uri, then make a new link: npx evergrant consent ${name}`;
    return new Failure('refused', verdict.code, `Xero refused the app's settings in ${name}: ${verdict.code}`, hint);
  }
  const first = verdict.kind === 'transient' && verdict.remedy !== undefined ? `${verdict.remedy}; then ` : '';
  return new Failure(
    'temporary_failure',
    'not_answering',
    `Xero is not answering for ${name}: ${verdict.reason}`,
    `${first}run the same again within 5 minutes of the click, else make a new link: npx evergrant consent ${name}`,
  );
}
