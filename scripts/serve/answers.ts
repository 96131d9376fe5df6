import type { Context } from 'koa';
import type { Access } from './access-desk';
import { Refusal, type OAuthErrorCode } from './refusal';

export const tokenPath = '/oauth/token';

/** Headers of every answer: nothing is kept anywhere, guessed at or framed (RFC 6749 §5.1). */
export const commonHeaders = {
  'Cache-Control': 'no-store',
  Pragma: 'no-cache',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'X-Frame-Options': 'DENY',
};

/** A token answer (RFC 6749 §5.1), with what a program needs for Xero's `xero-tenant-id` header beside it. */
export function tokenAnswer(access: Access, now: Date): Readonly<Record<string, unknown>> {
  const { environment, accessToken, expiresAt, scopes, tenantId, tenantName } = access;
  const left = expiresAt === null ? {} : { expires_in: Math.floor((expiresAt.getTime() - now.getTime()) / 1000) };
  return {
    access_token: accessToken,
    token_type: 'Bearer',
    ...left,
    scope: scopes.join(' '),
    tenant_id: tenantId,
    tenant_name: tenantName,
    environment,
  };
}

/** Answers with a refusal, in the form of the door that was asked. `restate` writes commands as they are typed here. */
export function answerRefusal(ctx: Context, refusal: Refusal, restate: (text: string) => string): void {
  const { status, error, message, hint, retryAfterSeconds } = refusal;
  const isOAuth = ctx.path === tokenPath;
  if (status === 401) ctx.set('WWW-Authenticate', 'Basic realm="evergrant", charset="UTF-8"');
  if (retryAfterSeconds !== null) ctx.set('Retry-After', String(retryAfterSeconds));
  ctx.status = isOAuth ? oauthStatus(status, error) : status;
  ctx.body = isOAuth
    ? { error, error_description: description([message, hint].filter(Boolean).map(restate).join('; ')) }
    : { error: { code: error, message: restate(message), hint: restate(hint) } };
}

/** RFC 6749 §5.2 has 400 for all errors about the grant. */
function oauthStatus(status: number, error: OAuthErrorCode): number {
  return error === 'invalid_grant' || error === 'invalid_target' ? 400 : status;
}

/** The characters that RFC 6749 §5.2 allows. */
function description(text: string): string {
  return text.replaceAll('"', "'").replaceAll(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?');
}

/** The metadata of RFC 8414, by which clients configure themselves. */
export function metadataOf(issuer: string): Readonly<Record<string, unknown>> {
  return {
    issuer,
    token_endpoint: `${issuer}${tokenPath}`,
    grant_types_supported: ['client_credentials'],
    response_types_supported: [],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
  };
}
