import {
  clockSkewMs,
  isLinkGood,
  isStrong,
  linkLifetimeMs,
  peekState,
  verifyState,
  type Hmac,
  type LinkApp,
  type StateClaims,
} from './state';

/** What an environment knows of its links: a callback's state is judged by it. The rows are as they stand there. */
export interface LinkHolder {
  readonly appType: string;
  /** The names that a web app's state may give for it. */
  readonly names: readonly string[];
  /** The app, once for each secret that may have signed: two while secrets overlap. */
  readonly apps: readonly LinkApp[];
  readonly consentState: string;
  readonly consentRequestedAt: string;
  readonly codeVerifier: string;
  readonly connectedAt: string;
}

/**
 * Whether a state answers a link of an environment, not made too long ago (RFC 6749 §10.12). A used link is `good`: whether
 * it may still bring the same person and organisation is to be judged by whoever knows these.
 */
export type JudgedState =
  | { readonly kind: 'good'; readonly claims: StateClaims; readonly isUsedUp: boolean }
  | { readonly kind: 'expired'; readonly claims: StateClaims }
  | {
      readonly kind: 'forged' | 'other_environment' | 'weak_secret' | 'verifier_gone';
      readonly claims: StateClaims | undefined;
    };

export function judgeState(state: string, holder: LinkHolder, now: Date, hmac: Hmac): JudgedState {
  return holder.appType === 'pkce' ? judgeKeptState(state, holder, now) : judgeSignedState(state, holder, now, hmac);
}

/** A web app's state verifies itself, and names the environment that it is for. */
function judgeSignedState(state: string, holder: LinkHolder, now: Date, hmac: Hmac): JudgedState {
  const { names, apps } = holder;
  const claims = peekState(state);
  if (apps.length > 0 && !apps.some(({ clientSecret }) => isStrong(clientSecret)))
    return { kind: 'weak_secret', claims };
  if (claims !== undefined && !names.includes(claims.name)) return { kind: 'other_environment', claims };
  const verdicts = apps.map((app) => verifyState(state, app, now, hmac));
  const verdict = verdicts.find((one) => one !== 'forged');
  if (claims === undefined || verdict === undefined) return { kind: 'forged', claims };
  if (verdict === 'expired') return { kind: 'expired', claims };
  return { kind: 'good', claims, isUsedUp: isUsedUp(state, claims, holder, now) };
}

/** A PKCE app's state and verifier are kept in the environment that made the link; once used, the verifier is gone. */
function judgeKeptState(state: string, holder: LinkHolder, now: Date): JudgedState {
  const { consentState, codeVerifier } = holder;
  if (consentState === '' || consentState !== state) return { kind: 'forged', claims: undefined };
  if (codeVerifier === '') return { kind: 'verifier_gone', claims: undefined };
  const claims = peekState(state) ?? randomState(holder, now);
  return isLinkGood(claims, now) ? { kind: 'good', claims, isUsedUp: false } : { kind: 'expired', claims };
}

/** Earlier versions keep a state that says nothing: what is known of it stands in the environment. */
function randomState({ consentRequestedAt, names: [name = ''] }: LinkHolder, now: Date): StateClaims {
  const requestedAt = new Date(consentRequestedAt);
  const madeAt = Number.isNaN(requestedAt.getTime()) ? now : requestedAt;
  const goodUntil = new Date(madeAt.getTime() + linkLifetimeMs);
  return { name, madeAt, goodUntil, mayReplace: false, isOldForm: false };
}

/**
 * Whether a consent has succeeded since the link was made. A state counts in whole seconds: of the second of the success
 * only the link is used up that succeeded. A success that is dated in the future cannot be: a clock was wrong then.
 */
function isUsedUp(state: string, { madeAt }: StateClaims, holder: LinkHolder, now: Date): boolean {
  const connectedAt = new Date(holder.connectedAt).getTime();
  if (Number.isNaN(connectedAt) || connectedAt > now.getTime() + clockSkewMs) return false;
  const second = Math.floor(connectedAt / 1000) * 1000;
  return madeAt.getTime() < second || (madeAt.getTime() === second && state === holder.consentState);
}

/**
 * When a link says that it was made: one made at or before the last success is used up, a state counts whole seconds, and
 * another machine's clock may be ahead, so that a link is made after the success that it follows.
 */
export function linkMadeAt({ connectedAt }: Pick<LinkHolder, 'connectedAt'>, now: Date): Date {
  const afterMs = new Date(connectedAt).getTime() + 1000;
  const isAhead = afterMs > now.getTime() && afterMs <= now.getTime() + clockSkewMs;
  return isAhead ? new Date(afterMs) : now;
}
