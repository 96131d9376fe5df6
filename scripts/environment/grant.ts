import { Failure, invalid } from '../errors';
import { envelopeIn } from '../sealing/envelope';
import { fingerprint } from '../text/fingerprint';
import { shareOf } from '../text/share';
import { refreshTokenLifetimeMs } from '../xero';
import { has, rawOf, valueOf, type Changes, type ContractKey, type Environment } from './environment';
import type { TokenSet } from './tokens';
import { believedEnd, believedExpiry, timesOf } from './token-times';

export const grantStates = ['connected', 'interrupted', 'consent_needed', 'never_connected', 'invalid'] as const;
export type GrantState = (typeof grantStates)[number];

/** What the file says about a grant; no request is sent. */
export interface Grant {
  readonly state: Exclude<GrantState, 'invalid'>;
  readonly generation: number;
  readonly hasAccessToken: boolean;
  readonly hasRefreshToken: boolean;
  /** A share of one, from 0 to 1, that each token set has of its own. */
  readonly share: number;
  readonly accessTokenExpiresAt: Date | null;
  readonly refreshTokenExpiresAt: Date | null;
  readonly refreshStartedAt: Date | null;
  /** The machine that began that refresh; null where only this one has the environment. */
  readonly refreshStartedOn: string | null;
  /** When it was handed to another machine or to Postman, which has its tokens now; null while tokens are here. */
  readonly handedOverAt: Date | null;
  /** Xero has refused this grant, or it was revoked here. */
  readonly knownDead: boolean;
  /**
   * False for a custom connection, which has no refresh token and gets tokens with its secret alone (RFC 6749 §4.4).
   */
  readonly rotates: boolean;
}

/** The generation of a token set; 0 when none has been saved yet. */
export function generationOf(environment: Environment): number {
  const generation = /^\d{1,15}$/.exec(valueOf(environment, 'generation'));
  return generation === null ? 0 : Number(generation[0]);
}

/**
 * Reads the grant of a file. Times that cannot be true are corrected or dropped: a wrong clock may have written them.
 */
export function grantOf(environment: Environment, now: Date): Grant {
  const access = rawOf(environment, 'access_token');
  const times = timesOf(access);
  const noted = (key: ContractKey): Date | null => instantOf(environment, key);
  const facts = {
    generation: generationOf(environment),
    hasAccessToken: access !== '',
    hasRefreshToken: has(environment, 'refresh_token'),
    share: shareOf(access),
    accessTokenExpiresAt: believedExpiry(noted('access_token_expires_at'), times, now),
    refreshTokenExpiresAt: believedEnd(noted('refresh_token_expires_at'), times, refreshTokenLifetimeMs, now),
    refreshStartedAt: markerOf(environment, now),
    refreshStartedOn: environment.startedOn ?? null,
    handedOverAt: handedOverAt(environment),
    knownDead: valueOf(environment, 'grant_status') === 'consent_needed',
    rotates: valueOf(environment, 'app_type') !== 'custom_connection',
  };
  return { ...facts, state: stateOf(facts, now) };
}

/** The fingerprint to show in place of the refresh token; null when there is none. */
export function tokenFingerprint(environment: Environment): string | null {
  const token = rawOf(environment, 'refresh_token');
  return token === '' ? null : (envelopeIn(token)?.fingerprint ?? fingerprint(token));
}

/** When the refresh token was last rotated, by its expiry in the file; null when that is unknown. */
export function rotatedAt(grant: Grant): Date | null {
  return grant.refreshTokenExpiresAt && new Date(grant.refreshTokenExpiresAt.getTime() - refreshTokenLifetimeMs);
}

/** The rows to write for a new token set; a set that has no refresh token keeps the old one. */
export function changesForTokens(tokens: TokenSet, generation: number, now: Date): Changes {
  const times = timesOf(tokens.accessToken);
  const endsAt = new Date(now.getTime() + refreshTokenLifetimeMs);
  const rotated = {
    refresh_token: tokens.refreshToken ?? '',
    refresh_token_expires_at: (believedEnd(endsAt, times, refreshTokenLifetimeMs, now) ?? endsAt).toISOString(),
  };
  const expiresAt = new Date(now.getTime() + tokens.expiresInSeconds * 1000);
  return {
    access_token: tokens.accessToken,
    ...(tokens.refreshToken === undefined ? {} : rotated),
    access_token_expires_at: (believedExpiry(expiresAt, times, now) ?? expiresAt).toISOString(),
    generation: String(generation + 1),
    refresh_started_at: '',
    grant_status: 'connected',
  };
}

/** The failure of a grant that works again only after a person gives consent at Xero. */
export function consentNeeded(name: string, why: string, code = 'consent_needed'): Failure {
  return new Failure(
    'consent_needed',
    code,
    `${name} needs consent: ${why}`,
    `make a link and send it: npx evergrant consent ${name}`,
  );
}

/** The failure of an environment that was handed over: a new consent here would end the tokens that are elsewhere. */
export function handedOver(name: string, { handedOverAt }: Pick<Grant, 'handedOverAt'>): Failure {
  const day =
    handedOverAt === null || handedOverAt.getTime() === 0 ? '' : ` on ${handedOverAt.toISOString().slice(0, 10)}`;
  return invalid(
    'moved',
    `${name} was handed over${day}: its tokens are kept elsewhere, and none are here`,
    `use it where it is now; to take it back: npx evergrant adopt ${name} FILE`,
  );
}

/** Every row that a token set may write. */
export const tokenKeys: readonly ContractKey[] = [
  'access_token',
  'refresh_token',
  'access_token_expires_at',
  'refresh_token_expires_at',
  'generation',
  'refresh_started_at',
  'grant_status',
];

function stateOf(grant: Omit<Grant, 'state'>, now: Date): Grant['state'] {
  if (grant.handedOverAt !== null) return 'never_connected';
  if (grant.knownDead) return 'consent_needed';
  if (!grant.rotates) return !grant.hasAccessToken ? 'never_connected' : 'connected';
  if (!grant.hasRefreshToken) return 'never_connected';
  if (grant.refreshStartedAt !== null) return 'interrupted';
  const idleTooLong = grant.refreshTokenExpiresAt !== null && grant.refreshTokenExpiresAt <= now;
  return idleTooLong ? 'consent_needed' : 'connected';
}

/** A marker that is no date still means "interrupted", since the beginning of time. A future date counts as now. */
function markerOf(environment: Environment, now: Date): Date | null {
  if (valueOf(environment, 'refresh_started_at') === '') return null;
  const at = instantOf(environment, 'refresh_started_at') ?? new Date(0);
  return at > now ? now : at;
}

/** Whether its tokens were handed over, and are elsewhere. */
export function isHandedOver(environment: Environment): boolean {
  return handedOverAt(environment) !== null;
}

/** A row that is no date still means "handed over". While the file has tokens, they are used, whatever the row says. */
function handedOverAt(environment: Environment): Date | null {
  const holdsTokens = has(environment, 'access_token') || has(environment, 'refresh_token');
  if (holdsTokens || valueOf(environment, 'handed_over_at') === '') return null;
  return instantOf(environment, 'handed_over_at') ?? new Date(0);
}

function instantOf(environment: Environment, key: ContractKey): Date | null {
  const at = new Date(valueOf(environment, key));
  return Number.isNaN(at.getTime()) ? null : at;
}
