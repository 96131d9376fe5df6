/** @import { TokenSet } from '../../../../scripts/environment/tokens' */

/**
 * Writes a token set into the environment. If it has no refresh token, the old one stays. A refresh token is good for 60
 * days.
 * @param {TokenSet} tokens
 */
export function storeTokens(tokens) {
  const now = Date.now();
  const inSeconds = (/** @type {number} */ seconds) => new Date(now + seconds * 1000).toISOString();
  pm.environment.set('access_token', tokens.accessToken);
  pm.environment.set('access_token_expires_at', inSeconds(tokens.expiresInSeconds));
  if (tokens.refreshToken) {
    pm.environment.set('refresh_token', tokens.refreshToken);
    pm.environment.set('refresh_token_expires_at', inSeconds(60 * 86_400));
  }
  const generation = Number.parseInt(pm.environment.get('generation'), 10) || 0;
  pm.environment.set('generation', String(generation + 1));
  pm.environment.set('refresh_started_at', '');
  pm.environment.set('grant_status', 'connected');
}
