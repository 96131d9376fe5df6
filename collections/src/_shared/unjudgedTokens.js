import { isToken } from './isToken';
import { jwtClaims } from './jwtClaims';
import { setting } from './setting';

/** The token set of a consent whose organisation could not be looked up, or undefined where there is none. */
export function unjudgedTokens() {
  const [accessToken, refreshToken] = [setting('pending_access_token'), setting('pending_refresh_token')];
  if (!isToken(accessToken) || setting('pending_tenant_id')) return undefined;
  const secondsLeft = Number(jwtClaims(accessToken).exp) - Date.now() / 1000;
  return { access_token: accessToken, refresh_token: refreshToken, expires_in: secondsLeft || undefined };
}
