import { randomBytes } from 'node:crypto';
import type { AllClientMetadata } from 'oidc-provider';
import { defaultScopesOf, identityScopes, wrongAppScopes } from './scopes';

export type AppType = 'web' | 'pkce' | 'custom_connection';

/** An app as the developer portal knows it. `scopes`: what it may ask for beyond the identity scopes. */
export interface App {
  readonly clientId: string;
  readonly appType: AppType;
  readonly name: string;
  readonly redirectUris: readonly string[];
  readonly createdAt: string;
  clientSecret: string | null;
  /** The secret before it, while both are good. */
  olderSecret?: string | undefined;
  /** How many organisations may be connected to it; undefined for any number. */
  readonly connectionLimit?: number | undefined;
  scopes: readonly string[];
  wrongAppScopes: readonly string[];
  /** The one organisation of a custom connection, whose owner has authorised it by e-mail. */
  tenantId: string | null;
  authorised: boolean;
}

export interface AppSettings {
  readonly appType: AppType;
  readonly name?: string | undefined;
  readonly redirectUris?: readonly string[] | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly wrongAppScopes?: readonly string[] | undefined;
  readonly createdAt?: string | undefined;
  readonly tenantId?: string | undefined;
  readonly connectionLimit?: number | undefined;
}

export const defaultRedirectUri = 'http://localhost:8080/callback';

export function makeApp(settings: AppSettings): App {
  const createdAt = settings.createdAt ?? new Date().toISOString();
  const custom = settings.appType === 'custom_connection';
  return {
    clientId: randomBytes(16).toString('hex').toUpperCase(),
    appType: settings.appType,
    name: settings.name ?? 'Evergrant sandbox app',
    redirectUris: custom ? [] : (settings.redirectUris ?? [defaultRedirectUri]),
    createdAt,
    clientSecret: settings.appType === 'pkce' ? null : makeSecret(),
    scopes: settings.scopes ?? (custom ? customConnectionScopes : defaultScopesOf(createdAt)),
    wrongAppScopes: settings.wrongAppScopes ?? wrongAppScopes,
    connectionLimit: settings.connectionLimit,
    tenantId: settings.tenantId ?? null,
    authorised: custom,
  };
}

const customConnectionScopes = ['accounting.invoices', 'accounting.contacts', 'accounting.settings'];

export function makeSecret(): string {
  return randomBytes(36).toString('base64url');
}

const grantTypes = {
  web: ['authorization_code', 'refresh_token', 'client_credentials'],
  pkce: ['authorization_code', 'refresh_token'],
  custom_connection: ['client_credentials'],
} as const;

/** The app as the OpenID server wants it (RFC 7591 §2). A secret may come in the header or in the body. */
export function clientMetadata(app: App): AllClientMetadata {
  return {
    client_id: app.clientId,
    client_name: app.name,
    redirect_uris: app.redirectUris,
    grant_types: grantTypes[app.appType],
    response_types: app.appType === 'custom_connection' ? [] : ['code'],
    token_endpoint_auth_method: app.clientSecret === null ? 'none' : 'client_secret_basic',
    ...(app.clientSecret === null ? {} : { client_secret: app.clientSecret }),
  };
}

/** Whether an app may ask for a scope in a consent, or have it for its custom connection. */
export function mayHaveScope(app: App, scope: string): boolean {
  return app.scopes.includes(scope) || (app.appType !== 'custom_connection' && identityScopes.includes(scope));
}
