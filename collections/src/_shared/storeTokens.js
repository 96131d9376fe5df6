/**
 * Puts a token set into the environment. One without a refresh token leaves the old one; a refresh token is good for 60 days.
 * @param {{ access_token: string, refresh_token?: unknown, expires_in?: unknown }} tokens
 */
export function storeTokens(tokens) {
  const now = Date.now();
  const inSeconds = (/** @type {number} */ seconds) => new Date(now + seconds * 1000).toISOString();
  const given = Math.floor(Number(tokens.expires_in));
  const lifetime = given >= 1 ? Math.min(given, 86_400) : 1800;
  pm.environment.set('access_token', tokens.access_token);
  pm.environment.set('access_token_expires_at', inSeconds(lifetime));
  if (tokens.refresh_token && typeof tokens.refresh_token === 'string') {
    pm.environment.set('refresh_token', tokens.refresh_token);
    pm.environment.set('refresh_token_expires_at', inSeconds(60 * 86_400));
  }
  const generation = Number.parseInt(pm.environment.get('generation'), 10) || 0;
  pm.environment.set('generation', String(generation + 1));
  pm.environment.set('refresh_started_at', '');
  pm.environment.set('grant_status', 'connected');
}
