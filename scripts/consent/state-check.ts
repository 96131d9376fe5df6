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

/** What an environment knows about its links, by which a callback's state is judged. The rows are unchanged. */
export interface LinkHolder {
  readonly appType: string;
  /** The names that a web app's state may give for it. */
  readonly names: readonly string[];
  /** The app, once for each secret that may have signed; two while secrets overlap. */
  readonly apps: readonly LinkApp[];
  readonly consentState: string;
  readonly consentRequestedAt: string;
  readonly codeVerifier: string;
  readonly connectedAt: string;
}

/**
 * Whether a state belongs to a link of an environment that was not made too long ago (RFC 6749 §10.12). A used link is
 * `good` too: it may still bring the same person and organisation, and the caller judges that.
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

/**
 * A web app's state verifies itself, and names the environment that it is for; that name is believed only where the
 * signature is good. The state of the environment's newest link is held here as well, and is known by that: a secret that was
 * corrected after the link was sent spoils no consent.
 */
function judgeSignedState(state: string, holder: LinkHolder, now: Date, hmac: Hmac): JudgedState {
  const { names, apps, consentState } = holder;
  const claims = peekState(state);
  if (apps.length > 0 && !apps.some(({ clientSecret }) => isStrong(clientSecret)))
    return { kind: 'weak_secret', claims };
  const isHeld = consentState !== '' && state === consentState;
  const isOurs = isHeld || apps.some((app) => verifyState(state, app, now, hmac) !== 'forged');
  if (claims === undefined || !isOurs) return { kind: 'forged', claims };
  if (!names.includes(claims.name)) return { kind: 'other_environment', claims };
  if (!isLinkGood(claims, now)) return { kind: 'expired', claims };
  return { kind: 'good', claims, isUsedUp: isUsedUp(state, claims, holder, now) };
}

/** A PKCE app's state and verifier are kept in the environment that made the link; a used verifier is removed. */
function judgeKeptState(state: string, holder: LinkHolder, now: Date): JudgedState {
  const { consentState, codeVerifier } = holder;
  if (consentState === '' || consentState !== state) return { kind: 'forged', claims: undefined };
  if (codeVerifier === '') return { kind: 'verifier_gone', claims: undefined };
  const claims = peekState(state) ?? randomState(holder, now);
  return isLinkGood(claims, now) ? { kind: 'good', claims, isUsedUp: false } : { kind: 'expired', claims };
}

/** Earlier versions keep a random state with no claims; the environment holds what is known about it. */
function randomState({ consentRequestedAt, names: [name = ''] }: LinkHolder, now: Date): StateClaims {
  const requestedAt = new Date(consentRequestedAt);
  const madeAt = Number.isNaN(requestedAt.getTime()) ? now : requestedAt;
  const goodUntil = new Date(madeAt.getTime() + linkLifetimeMs);
  return { name, madeAt, goodUntil, mayReplace: false, isOldForm: false };
}

/**
 * Whether a consent has succeeded since the link was made. A state's times are whole seconds, so of the links made in
 * the second of the success only the one that succeeded is used up. A success dated in the future was written by a
 * wrong clock and is ignored.
 */
function isUsedUp(state: string, { madeAt }: StateClaims, holder: LinkHolder, now: Date): boolean {
  const connectedAt = new Date(holder.connectedAt).getTime();
  if (Number.isNaN(connectedAt) || connectedAt > now.getTime() + clockSkewMs) return false;
  const second = Math.floor(connectedAt / 1000) * 1000;
  return madeAt.getTime() < second || (madeAt.getTime() === second && state === holder.consentState);
}

/**
 * The time that a new link states as its own: now, or one second after the last success when that is in the future by
 * another machine's clock. A link with an earlier time would count as used up.
 */
export function linkMadeAt({ connectedAt }: Pick<LinkHolder, 'connectedAt'>, now: Date): Date {
  const afterMs = new Date(connectedAt).getTime() + 1000;
  const isAhead = afterMs > now.getTime() && afterMs <= now.getTime() + clockSkewMs;
  return isAhead ? new Date(afterMs) : now;
}
