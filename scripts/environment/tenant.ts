import type { decodeJwt } from 'jose' with { 'resolution-mode': 'import' };
import { shownOf, type Changes, type Environment } from './environment';
import { isPlainId, plainName } from './plain-name';

/** The claims of a JWT, unverified: it came straight from Xero over TLS (OpenID Connect Core §3.1.3.7, item 6). */
export function claimsOf(accessToken: string): Readonly<Record<string, unknown>> {
  if (!accessToken.includes('.')) return {}; // no JWT
  const jwt = require('jose/jwt/decode') as { decodeJwt: typeof decodeJwt };
  try {
    return jwt.decodeJwt(accessToken);
  } catch {
    return {};
  }
}

/** A custom connection's token names its one organisation itself, once it has been authorised. */
export function ownTenant(accessToken: string): Changes {
  const tenant = claimsOf(accessToken)['xero_tenant_id'];
  return typeof tenant === 'string' && isPlainId(tenant) ? { tenant_id: tenant } : {};
}

/** The name of the organisation that an environment holds; an earlier version or Postman may have saved it raw, or have a secret in the row. */
export function heldName(environment: Environment): string {
  return plainName(shownOf(environment, 'tenant_name'));
}
