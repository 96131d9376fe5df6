import { has, valueOf, type Changes, type Environment } from '../environment/environment';
import { changesForTokens, consentNeeded, generationOf, grantOf } from '../environment/grant';
import { isXerosUrl } from '../environment/hosts';
import { credentialKeys, requireSettings, settingsOf, type Settings } from '../environment/settings';
import type { StoredEnvironment, LockedEnvironment } from '../environment/store';
import { Failure } from '../errors';
import type { Sends } from '../refresh/effects';
import { unusableAnswer } from '../refresh/failures';
import type { Answer, Verdict } from '../refresh/token-answer';
import { sendAndKeep, sendUntilAnswered, type Sending } from '../refresh/transaction';
import { codeLifetimeMs } from '../xero';
import { checkState, type CodeCallback, type VerifiedLink } from './callback';
import { peekState } from './state';
import { mustBeJudged } from './objections';

export interface ExchangeEffects extends Sends {
  /** Sends **Exchange code** once; `onAnswer` runs as soon as the answer has come, before anything else. */
  ask(settings: Settings, callback: CodeCallback, onAnswer: (answer: Answer) => void): Promise<void>;
}

export interface ExchangeOptions {
  readonly patienceMs: number;
  /** The organisation that the consent must be for; '' for any. */
  readonly expected: string;
}

export interface Exchanged {
  /** The environment with the new tokens, or the pending set that waits until its organisation is judged. */
  readonly environment: Environment;
  readonly isAside: boolean;
  readonly link: VerifiedLink;
  /** False when the scopes had no `offline_access`: the connection ends with its access token. */
  readonly hasRefreshToken: boolean;
}

/**
 * Exchanges a callback's code for tokens (RFC 6749 §4.1.3) under the lock, and saves them as a refresh does:
 * preallocates, sends the code, and saves the answer at once. If an organisation is held or expected, the tokens are
 * saved beside the environment, for the caller to judge. A code that was exchanged here before is not sent again. The
 * caller releases `locked`.
 * @throws Failure; the tokens in the file are as they were, unless its kind is `not_saved`
 */
export async function exchangeCode(
  stored: StoredEnvironment,
  locked: LockedEnvironment,
  callback: CodeCallback,
  { patienceMs, expected }: ExchangeOptions,
  effects: ExchangeEffects,
): Promise<Exchanged | 'used here'> {
  await locked.pickUpRecovery();
  const environment = await locked.read();
  const settings = settingsOf(environment, effects.env, stored.where);
  requireSettings(settings, ['token_url', 'redirect_uri', ...credentialKeys(settings.appType)], stored.where);
  const hadName = await stored.hadName(peekState(callback.state)?.name ?? '');
  const link = checkState(callback.state, settings, effects.now(), hadName);
  if (await locked.isUsed(callback.code)) return 'used here';
  await locked.prepareSave({});
  const isAside = mustBeJudged(environment, grantOf(environment, effects.now()), link, expected);
  const sending: Sending = {
    settings,
    locked,
    send: (sent, onAnswer) => effects.ask(sent, callback, onAnswer),
    keep: (tokens) => {
      const now = effects.now();
      const changes = { ...changesForTokens(tokens, generationOf(environment), now), ...changesForUsed(environment) };
      if (isAside) locked.aside.keep({ ...changes, consent_state: callback.state });
      else {
        const connected = { ...changesForConnected(environment), connected_at: now.toISOString() };
        locked.keep({ ...changes, ...connected, consent_state: callback.state });
      }
    },
    unusable: (reason, place) => unusableAnswer(stored.name, reason, place, `npx evergrant consent ${stored.name}`),
  };
  const deadlineMs = effects.monotonicMs() + Math.min(patienceMs, codeLifetimeMs);
  const verdict = await sendUntilAnswered(() => sendAndKeep(sending, effects), deadlineMs, effects);
  if (verdict.kind !== 'granted') throw failureOf(verdict, settings);
  await locked.markUsed(callback.code);
  const saved = isAside ? await locked.aside.pending() : await locked.read();
  return {
    environment: saved ?? environment,
    isAside,
    link,
    hasRefreshToken: verdict.tokens.refreshToken !== undefined,
  };
}

/** Clears the rows of a callback whose code is used: it and the verifier are credentials (RFC 7636 §4.5). */
export function changesForUsed(environment: Environment): Changes {
  const isPkce = valueOf(environment, 'app_type') === 'pkce';
  const wasMoved = valueOf(environment, 'handed_over_at') !== '';
  return {
    callback_url: '',
    ...(isPkce ? { code_verifier: '' } : {}),
    ...(wasMoved ? { handed_over_at: '' } : {}),
  };
}

/** Empties the rows where Postman has set tokens of an earlier consent aside, as its own requests do once another one connects. */
export function changesForConnected(environment: Environment): Changes {
  const aside = (['pending_access_token', 'pending_refresh_token'] as const).filter((key) => has(environment, key));
  return Object.fromEntries(aside.map((key) => [key, '']));
}

/** The failure for a code that brings no tokens, when none lives. */
export function usedAlready(name: string, why: string): Failure {
  return consentNeeded(name, `its code is refused (invalid_grant): ${why}`, 'invalid_grant');
}

function failureOf(verdict: Exclude<Verdict, { kind: 'granted' }>, settings: Settings): Failure {
  const { name } = settings.environment;
  if (verdict.kind === 'invalidGrant') return usedAlready(name, 'used already, or over 5 minutes old');
  if (verdict.kind === 'clientRejected') {
    const hint = `check client_id, client_secret and redirect_uri, then make a new link: npx evergrant consent ${name}`;
    return new Failure('refused', verdict.code, `Xero refused the app's settings in ${name}: ${verdict.code}`, hint);
  }
  if (verdict.kind === 'misdirected' && !isXerosUrl(settings.value('token_url'))) {
    const message = `token_url in ${name} leads to no token endpoint: ${verdict.reason}`;
    return new Failure(
      'refused',
      'wrong_url',
      message,
      `set token_url, then make a new link: npx evergrant consent ${name}`,
    );
  }
  const first = verdict.kind === 'transient' && verdict.remedy !== undefined ? `${verdict.remedy}; then ` : '';
  return new Failure(
    'temporary_failure',
    'not_answering',
    `Xero is not answering for ${name}: ${verdict.reason}`,
    `${first}run the same again within 5 minutes of the click, else make a new link: npx evergrant consent ${name}`,
  );
}
