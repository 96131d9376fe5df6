import { refreshTokensOf } from './artifacts';
import type { Variants } from './variants';
import type { Artifact, World } from './world';

/**
 * The grace period (https://developer.xero.com/faq/oauth2): for 30 minutes after its first use, a refresh token may be used
 * again, any number of times, in case the answer was lost.
 */
export const graceMs = 30 * 60_000;

export type TokenState = 'live' | 'grace' | 'dead';

/** Whether a refresh token would be accepted at a time: `grace` when only as a retry, `dead` when not. */
export function tokenState(token: Artifact, nowMs: number, variants: Variants): TokenState {
  if (token.ended || token.expiresAtMs <= nowMs) return 'dead';
  if (token.consumedAtMs === undefined) return 'live';
  if (nowMs >= token.consumedAtMs + graceMs) return 'dead';
  return variants.graceEndsOn === 'successor_use' && token.successorUsed ? 'dead' : 'grace';
}

/** Marks a refresh token as used. Its first use starts its grace period, and may end that of its parent. */
export function markUsed(world: World, token: Artifact): void {
  token.consumedAtMs ??= Date.now();
  const parent = token.parentId === undefined ? undefined : world.artifacts.get(`RefreshToken:${token.parentId}`);
  if (parent) parent.successorUsed = true;
}

/** For `twoChains: newest_only`: ends all other tokens that came from the same parent, and their descendants. */
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
