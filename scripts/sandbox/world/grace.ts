import { refreshTokensOf } from './artifacts';
import type { Variants } from './variants';
import type { Artifact, World } from './world';

/**
 * The grace period (https://developer.xero.com/faq/oauth2): a refresh token that was used may be retried for 30 minutes
 * after its first use, any number of times, in case the answer got lost.
 */
export const graceMs = 30 * 60_000;

export type TokenState = 'live' | 'grace' | 'dead';

/** Would this refresh token be accepted at that moment? */
export function tokenState(token: Artifact, nowMs: number, variants: Variants): TokenState {
  if (token.ended || token.expiresAtMs <= nowMs) return 'dead';
  if (token.consumedAtMs === undefined) return 'live';
  if (nowMs >= token.consumedAtMs + graceMs) return 'dead';
  return variants.graceEndsOn === 'successor_use' && token.successorUsed ? 'dead' : 'grace';
}

/** Notes that a refresh token was used: its grace period starts now, if it has not yet, and its parent's may end. */
export function markUsed(world: World, token: Artifact): void {
  token.consumedAtMs ??= Date.now();
  const parent = token.parentId === undefined ? undefined : world.artifacts.get(`RefreshToken:${token.parentId}`);
  if (parent) parent.successorUsed = true;
}

/** For `twoChains: newest_only`: ends every earlier descendant of the parent that this token came from. */
export function endSiblings(world: World, newest: Artifact): void {
  const family = refreshTokensOf(world, newest.payload.grantId ?? '');
  const endBelow = (parentId: string): void => {
    for (const one of family) {
      if (one.parentId !== parentId || one === newest) continue;
      one.ended = true;
      endBelow(one.id);
    }
  };
  if (newest.parentId !== undefined) endBelow(newest.parentId);
}
