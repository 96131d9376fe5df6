import * as v from 'valibot';
import { jsonOf } from '../text/json';
import type { Changes } from './environment';
import { isPlainId } from './plain-name';

/** The claims of a JWT, unverified: it came straight from Xero over TLS (OpenID Connect Core §3.1.3.7, item 6). */
export function claimsOf(accessToken: string): Readonly<Record<string, unknown>> {
  const payload = jsonOf(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString('utf8'));
  const claims = v.safeParse(v.record(v.string(), v.unknown()), payload);
  return claims.success ? claims.output : {};
}

/** A custom connection's token names its one organisation itself, once it has been authorised. */
export function ownTenant(accessToken: string): Changes {
  const tenant = claimsOf(accessToken)['xero_tenant_id'];
  return typeof tenant === 'string' && isPlainId(tenant) ? { tenant_id: tenant } : {};
}
