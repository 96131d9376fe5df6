import { jsonOf } from '../text/json';
import { has, shownOf, valueOf, type Changes, type Environment } from './environment';
import { isPlainId, plainName } from './plain-name';

/**
 * The claims of a JWT; none of an opaque token. Not verified, because it came directly from Xero over TLS (OpenID Connect
 * Core §3.1.3.7, item 6). Decoded here, because every start reads a token and a library for it makes the start slower.
 */
export function claimsOf(accessToken: string): Readonly<Record<string, unknown>> {
  const claims = jsonOf(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString('utf8'));
  return typeof claims === 'object' && claims !== null ? Object.fromEntries(Object.entries(claims)) : {};
}

/** The consent that a token is of; undefined where it doesn't say. */
export function consentEventOf(accessToken: string): string | undefined {
  const event = claimsOf(accessToken)['authentication_event_id'];
  return typeof event === 'string' ? event : undefined;
}

/** The organisation that a custom connection's token names, once the connection has been authorised. */
export function ownTenant(accessToken: string): Changes {
  const tenant = claimsOf(accessToken)['xero_tenant_id'];
  return typeof tenant === 'string' && isPlainId(tenant) ? { tenant_id: tenant } : {};
}

/** The id of the organisation that an environment holds; null when none is held, or the row holds something else. */
export function heldTenantId(environment: Environment): string | null {
  const id = shownOf(environment, 'tenant_id');
  return isPlainId(id) ? id : null;
}

/**
 * The name of the organisation that an environment holds, cleaned: an earlier version or Postman may have saved it as
 * it came, and the row may hold a secret by mistake.
 */
export function heldName(environment: Environment): string {
  return plainName(shownOf(environment, 'tenant_name'));
}

/** Whether an environment holds tokens of a consent that was cut off before Xero had said for which organisation it is. */
export function lacksOrganisation(environment: Environment): boolean {
  const isOfConsent = has(environment, 'connected_at') && has(environment, 'refresh_token');
  return isOfConsent && !has(environment, 'tenant_id') && valueOf(environment, 'app_type') !== 'custom_connection';
}
