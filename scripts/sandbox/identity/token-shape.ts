import type { Variants } from '../world/variants';
import type { TokenSet } from '../world/world';
import { scopeRefusal } from './client-credentials';

/** A refusal of the token endpoint. RFC 6749 §5.2; Xero mostly leaves out the description. */
export interface TokenError {
  error: string;
  error_description?: string;
}

export function shapeTokens(tokens: TokenSet, grantType: string | undefined, variants: Variants): TokenSet {
  const { id_token, access_token, expires_in, token_type, refresh_token, scope } = tokens;
  const withIdToken = id_token !== undefined && (grantType !== 'refresh_token' || variants.refreshIdToken === 'yes');
  return {
    id_token: withIdToken ? id_token : undefined,
    access_token,
    expires_in: variants.expiresInType === 'string' ? String(expires_in) : Number(expires_in),
    token_type,
    refresh_token,
    scope,
  };
}

const badAuthentication = /client authentication|authorization header|client_id mismatch|client_secret must/;
const notAllowed = 'requested grant type is not allowed for this client';

/** A refusal of the OpenID server with the error code that Xero would send. */
export function shapeError(
  { error, error_description = '' }: TokenError,
  grantType: string | undefined,
  { wrongGrant }: Variants,
): TokenError {
  if (error_description === scopeRefusal) return { error, error_description };
  const isWrongGrant = error === 'unauthorized_client' || error_description === notAllowed;
  if (isWrongGrant) return { error: grantType === 'client_credentials' ? wrongGrant : 'unauthorized_client' };
  if (badAuthentication.test(error_description)) return { error: 'invalid_client' };
  if (error === 'invalid_request' && grantType === undefined) return { error: 'unsupported_grant_type' };
  return { error };
}

export function errorStatus({ error }: TokenError, variants: Variants): number {
  return error === 'invalid_client' ? Number(variants.invalidClientStatus) : 400;
}
