import type { Configuration, KoaContextWithOIDC, Provider } from 'oidc-provider';
import { disconnectUser, endConsent } from '../world/consents';
import { identityScopes } from '../world/scopes';
import type { World } from '../world/world';
import { makeAdapter } from './adapter';
import { audience, claimsOfScope, findAccount, grantIdOf, issuer, shapeAccessToken } from './claims';
import { offeredScopes, type Refusals } from './client-credentials';

const daySeconds = 86_400;

/** Lifetimes in seconds: https://developer.xero.com/faq/oauth2 for the tokens; a consent itself does not end. */
const lifetimes = {
  AuthorizationCode: 300,
  AccessToken: 1800,
  ClientCredentials: 1800,
  IdToken: 300,
  RefreshToken: 60 * daySeconds,
  Interaction: 3600,
  Session: 14 * daySeconds,
  Grant: 3650 * daySeconds,
};

const routes = {
  authorization: '/identity/connect/authorize',
  token: '/connect/token',
  revocation: '/connect/revocation',
  userinfo: '/connect/userinfo',
  jwks: '/.well-known/openid-configuration/jwks',
  end_session: '/connect/endsession',
};

/** The certified OpenID server (oidc-provider), set up to be Xero's identity service. */
export async function makeProvider(world: World): Promise<Provider> {
  const { Provider: OpenIdServer, errors } = await import('oidc-provider');
  const parentOf = (): string | undefined => OpenIdServer.ctx?.oidc.entities.RotatedRefreshToken?.jti;
  const provider = new OpenIdServer(issuer, {
    ...settings(world, errors),
    adapter: (model: string) => makeAdapter(world, model, parentOf),
    renderError: (ctx, out) =>
      ctx.redirect(`/identity/error?errorId=${errorId(out.error, out.error_description ?? '')}`),
  });
  provider.on('grant.revoked', (ctx, grantId) => afterRevocation(world, ctx, grantId));
  return provider;
}

function settings(world: World, refuse: Refusals): Configuration {
  return {
    routes,
    ttl: lifetimes,
    jwks: { keys: [world.signingKey] },
    cookies: { keys: [world.cookieKey] },
    scopes: identityScopes,
    claims: claimsOfScope,
    conformIdTokenClaims: false,
    responseTypes: ['code'],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'none'],
    clientBasedCORS: () => false,
    expiresWithSession: () => false,
    rotateRefreshToken: true,
    revokeGrantPolicy: () => true,
    findAccount: (ctx, accountId, token) => findAccount(world, accountId, grantIdOf(ctx, token)),
    loadExistingGrant: async (ctx) => loadGrant(ctx),
    interactions: { url: (_ctx, interaction) => loginUrl(interaction.returnTo) },
    formats: { customizers: { jwt: (_ctx, token, parts) => shapeAccessToken(world, token, parts) } },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      dPoP: { enabled: false },
      clientCredentials: { enabled: true },
      revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        useGrantedResource: () => true,
        getResourceServerInfo: (ctx, _resource, client) => ({
          audience,
          accessTokenFormat: 'jwt',
          scope: offeredScopes(ctx, world.apps.get(client.clientId), refuse),
        }),
      },
    },
  };
}

function loginUrl(returnTo: string): string {
  const { pathname } = new URL(returnTo);
  return `/identity/user/login?ReturnUrl=${encodeURIComponent(pathname)}`;
}

// An earlier consent is never reused: Xero asks again each time a link is opened.
async function loadGrant(ctx: KoaContextWithOIDC) {
  const grantId = ctx.oidc.result?.consent?.grantId;
  return grantId === undefined ? undefined : ctx.oidc.provider.Grant.find(grantId);
}

function afterRevocation(world: World, ctx: KoaContextWithOIDC, grantId: string): void {
  const consent = world.consents.get(grantId);
  if (!consent) return;
  if (ctx.oidc.route === 'revocation') disconnectUser(world, consent.clientId, consent.accountId);
  else endConsent(world, grantId);
}

/** The id of an error page. It contains the error itself, so that the page still works after a restart. */
export function errorId(error: string, description: string): string {
  return Buffer.from(JSON.stringify([error, description])).toString('base64url');
}
