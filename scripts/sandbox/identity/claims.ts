import { randomUUID } from 'node:crypto';
import type { Account, AccountClaims, JWTStructured, KoaContextWithOIDC } from 'oidc-provider';
import type { Consent, User, World } from '../world/world';

/** `iss` of every token. */
export const issuer = 'https://identity.xero.com';

/** `aud` of every access token. */
export const audience = 'https://identity.xero.com/resources';

/** Which claims come with which scope, in the id_token and at the userinfo endpoint. */
export const claimsOfScope = {
  openid: ['sub', 'nbf', 'sid', 'auth_time', 'amr', 'idp', 'xero_userid', 'global_session_id'],
  profile: ['preferred_username', 'name', 'given_name', 'family_name'],
  email: ['email'],
};

/** A user as the OpenID server needs it. `grantId`, from a code or token, is the id of the consent it came from. */
export function findAccount(world: World, accountId: string, grantId: string | undefined): Account | undefined {
  const user = world.users.get(accountId);
  const consent = grantId === undefined ? undefined : world.consents.get(grantId);
  return user && { accountId, claims: () => idTokenClaims(user, consent) };
}

export function idTokenClaims(user: User, consent: Consent | undefined): AccountClaims {
  return {
    sub: user.accountId,
    nbf: Math.floor(Date.now() / 1000),
    sid: consent?.globalSessionId,
    idp: 'local',
    xero_userid: user.xeroUserId,
    global_session_id: consent?.globalSessionId,
    preferred_username: user.email,
    name: `${user.givenName} ${user.familyName}`,
    given_name: user.givenName,
    family_name: user.familyName,
    email: user.email,
  };
}

interface AccessTokenSource {
  readonly kind: string;
  readonly jti: string;
  readonly scope?: string | undefined;
  readonly clientId?: string | undefined;
  readonly grantId?: string | undefined;
  readonly accountId?: string | undefined;
}

/** Gives an access token Xero's header and claims. `scope` is an array; a custom connection's token names no user. */
export function shapeAccessToken(world: World, source: AccessTokenSource, parts: JWTStructured): void {
  const { iss, aud, exp, client_id, jti } = parts.payload;
  const kid = world.signingKey.kid ?? '';
  parts.header = { kid, typ: 'JWT', x5t: Buffer.from(kid, 'hex').toString('base64url') };
  parts.payload = {
    nbf: Math.floor(Date.now() / 1000),
    exp,
    iss,
    aud,
    client_id,
    ...(source.grantId === undefined ? tenantClaim(world, source.clientId) : userClaims(world, source)),
    jti,
    scope: source.scope?.split(' ') ?? [],
  };
}

function userClaims(world: World, source: AccessTokenSource): Record<string, unknown> {
  const consent = world.consents.get(source.grantId ?? '');
  const user = world.users.get(source.accountId ?? '');
  return {
    sub: user?.accountId,
    auth_time: Math.floor((consent?.givenAtMs ?? 0) / 1000),
    xero_userid: user?.xeroUserId,
    global_session_id: consent?.globalSessionId,
    sid: consent?.globalSessionId,
    authentication_event_id: eventOf[world.variants.tokenEvent](consent),
  };
}

/** What a token says of the event of its consent. */
const eventOf = {
  matching: (consent: Consent | undefined) => consent?.authEventId,
  none: () => undefined,
  unknown: () => randomUUID(),
};

function tenantClaim(world: World, clientId: string | undefined): Record<string, unknown> {
  const app = world.apps.get(clientId ?? '');
  return app?.tenantId && app.authorised ? { xero_tenant_id: app.tenantId } : {};
}

/** The grant that a code, token or session entry belongs to. */
export function grantIdOf(
  ctx: KoaContextWithOIDC,
  token: { readonly grantId?: string | undefined } | undefined,
): string | undefined {
  return token?.grantId ?? ctx.oidc.entities.Grant?.jti;
}
