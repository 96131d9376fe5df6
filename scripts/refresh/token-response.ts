import { isToken, type TokenSet } from '../environment/tokens';
import { jsonOf } from '../text/json';
import { accessTokenLifetimeMs } from '../xero';

/**
 * What a response of the token endpoint means by its status and body (RFC 6749 §5.1 and §5.2):
 * - `granted`: a token set;
 * - `unusable`: a token set in which a token is not valid text; the refresh token has been used up for it;
 * - `invalidGrant`: this refresh token or code is no longer valid, provided it is still the one in the environment;
 * - `clientRejected`: the app's settings are not accepted; nothing was spent;
 * - `transient`: the same token may be sent again, whether it was used or not; `code` is an OAuth error that says so;
 * - `misdirected`: there is no token endpoint at this URL;
 * - `unexpected`: a 3xx or 4xx that is no OAuth answer, for example from a proxy.
 */
export type TokenResponse =
  | { readonly kind: 'granted'; readonly tokens: TokenSet }
  | { readonly kind: 'unusable' | 'misdirected' | 'unexpected' }
  | { readonly kind: 'invalidGrant'; readonly code: 'invalid_grant' }
  | { readonly kind: 'clientRejected'; readonly code: string }
  | { readonly kind: 'transient'; readonly code: string | undefined };

export function judgeTokenResponse(status: number, body: string): TokenResponse {
  // RFC 9110 §15.5.9, RFC 8470 §5.2, RFC 6585 §4. A refusal is 400 or 401: a 403 comes from Xero's edge or from a proxy.
  if ([403, 408, 425, 429].includes(status) || status >= 500) return { kind: 'transient', code: undefined };
  if (status >= 200 && status < 300) return judgeTokenSet(Object(jsonOf(body)) as Members);
  const code = status >= 400 ? errorCodeOf(body) : undefined;
  if (code === undefined) return { kind: status === 404 || status === 405 ? 'misdirected' : 'unexpected' };
  if (code === 'invalid_grant') return { kind: 'invalidGrant', code };
  // These mean "try later", whatever the status (RFC 6749 §4.1.2.1, RFC 8628 §3.5).
  const isPassing = ['temporarily_unavailable', 'server_error', 'slow_down'].includes(code);
  return { kind: isPassing ? 'transient' : 'clientRejected', code };
}

/** The members of a JSON object; any other value has none. */
type Members = Readonly<Record<string, unknown>>;

/** The `error` of an OAuth error answer (RFC 6749 §5.2), or undefined when the body is not one. */
export function errorCodeOf(body: string): string | undefined {
  const { error } = Object(jsonOf(body)) as Members;
  return typeof error === 'string' && /^[a-z_]{1,40}$/.test(error) ? error : undefined;
}

function judgeTokenSet({ access_token: accessToken, token_type: type = null, ...others }: Members): TokenResponse {
  const isBearer = type === null || (typeof type === 'string' && /^bearer$/i.test(type));
  if (typeof accessToken !== 'string' || accessToken === '' || !isBearer) return { kind: 'transient', code: undefined };
  const refreshToken = typeof others['refresh_token'] === 'string' ? others['refresh_token'] : '';
  if (!isToken(accessToken) || !isToken(refreshToken || accessToken)) return { kind: 'unusable' };
  const tokens = { accessToken, expiresInSeconds: lifetimeOf(others['expires_in']) };
  return { kind: 'granted', tokens: refreshToken ? { ...tokens, refreshToken } : tokens };
}

/** At most a day; Xero's own lifetime where it says none. */
function lifetimeOf(expiresIn: unknown): number {
  const isSaid = typeof expiresIn === 'number' || (typeof expiresIn === 'string' && expiresIn !== '');
  const seconds = isSaid ? Number(expiresIn) : NaN;
  return seconds >= 0 && seconds < Infinity ? Math.min(Math.floor(seconds), 86_400) : accessTokenLifetimeMs / 1000;
}
