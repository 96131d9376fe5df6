import type { Mutants } from './mutant';

const collection = 'collections/xero-oauth2-qa.postman_collection.json';

/** For the scenarios of refreshing, faults, access and disconnecting, and those that can be played against Xero. */
export const refreshMutants: Mutants = {
  'QA-300': {
    breaks: 'the API refuses an expired access token',
    file: 'dist/sandbox/api/bearer.js',
    find: '{ issuer: claims_1.issuer, audience: claims_1.audience }',
    put: '{ issuer: claims_1.issuer, audience: claims_1.audience, clockTolerance: 1e6 }',
  },
  'QA-305': {
    breaks: 'an id_token comes along where it should',
    file: 'dist/sandbox/identity/token-shape.js',
    find: "variants.refreshIdToken === 'yes'",
    put: 'false',
  },
  'QA-310': {
    breaks: 'each refresh brings another refresh token',
    file: 'dist/sandbox/identity/provider.js',
    find: 'rotateRefreshToken: true',
    put: 'rotateRefreshToken: false',
  },
  'QA-315': {
    breaks: 'an app without a secret gets another refresh token, too',
    file: 'dist/sandbox/identity/provider.js',
    find: 'rotateRefreshToken: true',
    put: "rotateRefreshToken: (ctx) => world.apps.get(ctx.oidc.client.clientId).appType !== 'pkce'",
  },
  'QA-320': {
    breaks: 'the grace lasts 30 minutes',
    file: 'dist/sandbox/world/grace.js',
    find: 'exports.graceMs = 30 * 60_000',
    put: 'exports.graceMs = 28 * 60_000',
  },
  'QA-325': {
    breaks: 'a retry brings the same tokens where it should',
    file: 'dist/sandbox/identity/token-endpoint.js',
    find: 'if (first && first.keptUntilMs > nowMs) {',
    put: 'if (first && first.keptUntilMs < nowMs) {',
  },
  'QA-330': {
    breaks: 'the grace ends by the clock where it should',
    file: 'dist/sandbox/world/grace.js',
    find: "variants.graceEndsOn === 'successor_use' && token.successorUsed",
    put: 'token.successorUsed',
  },
  'QA-335': {
    breaks: 'the use of the new token is noted',
    file: 'dist/sandbox/world/grace.js',
    find: 'parent.successorUsed = true;',
    put: 'parent.successorUsed = false;',
  },
  'QA-340': {
    breaks: 'the grace ends after 30 minutes',
    file: 'dist/sandbox/world/grace.js',
    find: 'exports.graceMs = 30 * 60_000',
    put: 'exports.graceMs = 40 * 60_000',
  },
  'QA-350': {
    breaks: 'the second chain ends the first where it should',
    file: 'dist/sandbox/identity/adapter.js',
    find: "world.variants.twoChains === 'newest_only'",
    put: 'false',
  },
  'QA-360': {
    breaks: 'a refresh token lives for 60 days',
    file: 'dist/sandbox/identity/provider.js',
    find: 'RefreshToken: 60 * daySeconds',
    put: 'RefreshToken: 58 * daySeconds',
  },
  'QA-365': {
    breaks: 'a refresh token ends after 60 days',
    file: 'dist/sandbox/identity/provider.js',
    find: 'RefreshToken: 60 * daySeconds',
    put: 'RefreshToken: 62 * daySeconds',
  },
  'QA-370': {
    breaks: 'a user who disconnects the app ends its tokens',
    file: 'dist/sandbox/world/events.js',
    find: '(0, consents_1.disconnectUser)(world, app.clientId, accountOf(world, event));',
    put: '',
  },
  'QA-375': {
    breaks: 'a connection outlives a new secret',
    file: 'dist/sandbox/world/events.js',
    find: 'app.clientSecret = (0, apps_1.makeSecret)();',
    put: `app.clientSecret = (0, apps_1.makeSecret)();
            (0, consents_1.disconnectUser)(world, app.clientId, accountOf(world, event));`,
  },
  'QA-380': {
    breaks: 'the access token ends with the revocation',
    file: 'dist/sandbox/identity/provider.js',
    find: '(0, consents_1.disconnectUser)(world, consent.clientId, consent.accountId);',
    put: '{}',
  },
  'QA-385': {
    breaks: 'an unknown token is revoked without an error',
    file: 'dist/sandbox/identity/token-endpoint.js',
    find: 'ctx.status = 200;',
    put: "ctx.status = (0, artifacts_1.findArtifact)(world, 'RefreshToken', (0, form_1.field)(ctx, 'token')) ? 200 : 404;",
  },
  'QA-390': {
    breaks: 'the other organisations stay connected',
    file: 'dist/sandbox/world/consents.js',
    find: 'world.connections.delete(connectionId);',
    put: 'world.connections.clear();',
  },
  'QA-393': {
    breaks: 'an organisation that is held stays',
    file: collection,
    find: 'if (held && connection?.tenantId !== held)',
    put: 'if (false)',
    isEverywhere: true,
  },
  'QA-395': {
    breaks: 'an app without a secret may revoke',
    file: 'dist/sandbox/identity/provider.js',
    find: 'token.clientId === client.clientId',
    put: "world.apps.get(token.clientId).appType !== 'pkce'",
  },
  'QA-400': {
    breaks: 'a removed connection is gone',
    file: 'dist/sandbox/api/api.js',
    find: '(0, consents_1.disconnectOrganisation)(world, id);',
    put: '',
  },
  'QA-402': {
    breaks: 'disconnecting asks first',
    file: collection,
    find: 'const isMeant = ',
    put: 'const isMeant = true || ',
    isEverywhere: true,
  },
  'QA-405': {
    breaks: 'the last connection takes the refresh token along where it should',
    file: 'dist/sandbox/world/consents.js',
    find: "last && world.variants.deleteLastConnectionKillsRefresh === 'yes'",
    put: "!last && world.variants.deleteLastConnectionKillsRefresh === 'yes'",
  },
  'QA-410': {
    breaks: 'a removed user is kept out',
    file: 'dist/sandbox/api/api.js',
    find: '!removed.includes(accountId)',
    put: 'true',
  },
  'QA-415': {
    breaks: 'the script goes by the clock of this computer',
    file: collection,
    find: 'const now = Date.now();',
    put: "const now = Date.parse(pm.response.headers.get('Date'));",
  },
  'QA-420': {
    breaks: 'the script says how long to wait',
    file: collection,
    find: 'wait ${seconds} seconds',
    put: 'wait some seconds',
    isEverywhere: true,
  },
  'QA-425': {
    breaks: 'the script takes 429 for no refusal',
    file: collection,
    find: '[403, 408, 425, 429].includes(status)',
    put: '[403, 408, 425].includes(status)',
  },
  'QA-430': {
    breaks: 'the script takes 500 to 504 for no refusal',
    file: collection,
    find: "if (judged.kind !== 'clientRejected')",
    put: "if (judged.kind !== 'clientRejected' && judged.kind !== 'transient')",
  },
  'QA-435': {
    breaks: 'the script believes no invalid_grant with status 503',
    file: collection,
    find: '.includes(status) || status >= 500',
    put: ".includes(status) || (status >= 500 && errorCodeOf(body) !== 'invalid_grant')",
  },
  'QA-440': {
    breaks: 'the script wants more than status 200',
    file: collection,
    find: "typeof accessToken !== 'string' || accessToken === '' || !isBearer",
    put: 'false',
  },
  'QA-445': {
    breaks: 'the answer breaks in the middle',
    file: 'dist/sandbox/control/fault-player.js',
    find: 'body.subarray(0, Math.floor(body.length / 2))',
    put: 'body',
  },
  'QA-447': {
    breaks: 'the script knows what a token can be',
    file: collection,
    find: '!isToken(accessToken) || !isToken(refreshToken || accessToken)',
    put: 'false',
    isEverywhere: true,
  },
  'QA-450': {
    breaks: 'the script takes no answer for no refusal',
    file: collection,
    find: 'if (code === undefined) return',
    put: 'if (code === null) return',
  },
  'QA-455': {
    breaks: 'a redirect is not followed',
    file: collection,
    find: `"followRedirects": false }
\t\t\t\t},
\t\t\t\t{
\t\t\t\t\t"name": "The refresh token is still unused"`,
    put: `"followRedirects": true }
\t\t\t\t},
\t\t\t\t{
\t\t\t\t\t"name": "The refresh token is still unused"`,
    isEverywhere: true,
  },
  'QA-460': {
    breaks: 'the script keeps the old refresh token where no new one comes',
    file: collection,
    find: 'if (tokens.refreshToken) {',
    put: 'if (tokens.accessToken) {',
  },
  'QA-465': {
    breaks: 'the script reads expires_in as text',
    file: collection,
    find: "typeof expiresIn === 'number' || (typeof expiresIn === 'string' && expiresIn !== '')",
    put: "typeof expiresIn === 'number'",
  },
  'QA-470': {
    breaks: 'the API asks for the scope',
    file: 'dist/sandbox/api/api.js',
    find: '!caller.scope.some((scope) => settingsScopes.includes(scope))',
    put: 'false',
  },
  'QA-475': {
    breaks: 'the API keeps out who is not connected',
    file: 'dist/sandbox/api/api.js',
    find: '.some((one) => one.tenantId === tenantId)',
    put: '.length > 0',
  },
  'QA-480': {
    breaks: 'the old access token lives on where it should',
    file: 'dist/sandbox/api/bearer.js',
    find: "world.variants.oldAccessTokenDiesAtRefresh === 'no' ||",
    put: '',
  },
  'QA-485': {
    breaks: 'the old access token dies where it should',
    file: 'dist/sandbox/api/bearer.js',
    find: 'consent.latestTokenId === caller.jti',
    put: 'true',
  },
  'QA-490': {
    breaks: 'a refused client spends no refresh token',
    file: 'dist/sandbox/identity/token-endpoint.js',
    find: 'ctx.status = (0, token_shape_1.errorStatus)(error, world.variants);',
    put: `ctx.status = (0, token_shape_1.errorStatus)(error, world.variants);
    const spent = (0, artifacts_1.findArtifact)(world, 'RefreshToken', (0, form_1.field)(ctx, 'refresh_token') ?? '');
    if (spent) spent.consumedAtMs = Date.now();`,
  },
  'QA-495': {
    breaks: 'the script tells a wrong address from an answer that is late',
    file: collection,
    find: "if (judged.kind === 'misdirected')",
    put: 'if (false)',
    isEverywhere: true,
  },
  'QA-910': {
    breaks: 'the API answers with the organisation that was asked for',
    file: 'dist/sandbox/api/api.js',
    find: 'organisationAnswer)(ctx, organisation)',
    put: 'organisationAnswer)(ctx, [...world.organisations.values()].at(-1))',
  },
  'QA-920': {
    breaks: 'the script chooses the connection of this consent',
    file: collection,
    find: "const found = chooseConnection(connections, claims, setting('tenant_id'));",
    put: 'const found = connections[0];',
  },
  'QA-930': {
    breaks: 'a link is accepted while a consent lives',
    file: 'dist/sandbox/identity/preflight.js',
    find: "judgeChallenge(app, query) ?? { kind: 'login' }",
    put: "judgeChallenge(app, query) ?? (world.consents.size > 0 ? refuse('invalid_request', '') : { kind: 'login' })",
  },
  'QA-940': {
    breaks: 'an unknown refresh token is an invalid_grant',
    file: 'dist/sandbox/identity/token-shape.js',
    find: 'return { error };',
    put: "return { error: grantType === 'refresh_token' ? 'invalid_request' : error };",
  },
  'QA-950': {
    breaks: 'an unknown code is an invalid_grant',
    file: 'dist/sandbox/identity/token-shape.js',
    find: 'return { error };',
    put: "return { error: grantType === 'authorization_code' ? 'invalid_request' : error };",
  },
  'QA-960': {
    breaks: 'the refreshed access token opens the API',
    file: 'dist/sandbox/api/bearer.js',
    find: 'if (!consent || consent.ended)',
    put: 'if (!consent || consent.ended || [...world.artifacts.values()].some((one) => one.parentId))',
  },
};
