import { isToken } from '../../../../scripts/environment/tokens';
import { jwtClaims } from './jwtClaims';
import { setting } from '../request/setting';

/** The token set of a consent whose organisation could not be looked up; undefined when there is none. */
export function unjudgedTokens() {
  const [accessToken, refreshToken] = [setting('pending_access_token'), setting('pending_refresh_token')];
  if (!isToken(accessToken) || setting('pending_tenant_id')) return undefined;
  const secondsLeft = Number(jwtClaims(accessToken).exp) - Date.now() / 1000;
  const expiresInSeconds = Number.isNaN(secondsLeft) ? 1800 : Math.max(secondsLeft, 0);
  return { accessToken, expiresInSeconds, ...(refreshToken ? { refreshToken } : {}) };
}
