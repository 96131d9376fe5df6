import type { Context } from 'koa';
import { claimsOfScope, idTokenClaims } from '../identity/claims';
import { disconnectOrganisation } from '../world/consents';
import { connectionsOf } from '../world/organisations';
import type { Connection, World } from '../world/world';
import { refuseCall } from './api-errors';
import { authenticate, type Caller } from './bearer';
import { organisationAnswer } from './organisation-answer';
import type { RateLimiter } from './rate-limit';

/** GET /connections: everything that this user ever connected to this app, or only what one consent connected. */
export async function listConnections(world: World, ctx: Context): Promise<void> {
  const caller = await authenticate(world, ctx);
  if (!caller) return;
  if (isCustom(caller) && world.variants.customConnectionsList === 'error400') return refuseCustomList(ctx);
  const authEventId = new URLSearchParams(ctx.querystring).get('authEventId');
  const listed = reachable(world, caller).filter((one) => authEventId === null || one.authEventId === authEventId);
  ctx.body = listed.map((one) => describe(world, one));
}

function isCustom(caller: Caller): boolean {
  return caller.sub === undefined && !caller.scope.includes('app.connections');
}

function refuseCustomList(ctx: Context): void {
  ctx.status = 400;
  ctx.body = {
    Title: 'Bad Request',
    Status: 400,
    Detail: 'Xero-User-Id and/or Xero-Tenant-Id header must be supplied',
  };
}

function reachable(world: World, caller: Caller): Connection[] {
  return isCustom(caller) ? ownConnection(world, caller) : connectionsOf(world, caller.client_id, caller.sub);
}

/** The list for a custom connection, which has one organisation and no user. */
function ownConnection(world: World, caller: Caller): Connection[] {
  const app = world.apps.get(caller.client_id);
  if (!app?.tenantId || !app.authorised) return [];
  const madeAtMs = Date.parse(app.createdAt);
  const { clientId, tenantId } = app;
  const ids = { id: tenantId, authEventId: '00000000-0000-0000-0000-000000000000', accountId: '' };
  return [{ ...ids, clientId, tenantId, createdAtMs: madeAtMs, updatedAtMs: madeAtMs }];
}

function describe(world: World, one: Connection): Record<string, string> {
  return {
    id: one.id,
    authEventId: one.authEventId,
    tenantId: one.tenantId,
    tenantType: world.organisations.get(one.tenantId)?.tenantType ?? 'ORGANISATION',
    tenantName: world.organisations.get(one.tenantId)?.name ?? '',
    createdDateUtc: wireDate(one.createdAtMs),
    updatedDateUtc: wireDate(one.updatedAtMs),
  };
}

// Xero writes times as .NET does: with seven decimals and no zone
function wireDate(atMs: number): string {
  return new Date(atMs).toISOString().replace('Z', '0000');
}

/** DELETE /connections/{id}: 204, or 404 when the caller has no such connection. */
export async function deleteConnection(world: World, ctx: Context, id: string): Promise<void> {
  const caller = await authenticate(world, ctx);
  if (!caller) return;
  const own = connectionsOf(world, caller.client_id, caller.sub).some((one) => one.id === id);
  if (!own) return refuseCall(ctx, 404, 'ConnectionNotFound');
  disconnectOrganisation(world, id);
  ctx.status = 204;
}

/** GET /connect/userinfo: OpenID Connect Core §5.3. */
export async function userInfo(world: World, ctx: Context): Promise<void> {
  const caller = await authenticate(world, ctx);
  if (!caller) return;
  const user = world.users.get(caller.sub ?? '');
  if (!user || !caller.scope.includes('openid')) return refuseCall(ctx, 403, 'insufficient_scope');
  const allowed = Object.entries(claimsOfScope).flatMap(([scope, names]) =>
    caller.scope.includes(scope) ? names : [],
  );
  const claims = idTokenClaims(user, world.consents.get(caller.authentication_event_id ?? ''));
  ctx.body = Object.fromEntries(Object.entries(claims).filter(([name]) => allowed.includes(name) && name !== 'nbf'));
}

const settingsScopes = ['accounting.settings', 'accounting.settings.read'];

/** GET /api.xro/2.0/Organisation. */
export async function showOrganisation(world: World, limiter: RateLimiter, ctx: Context): Promise<void> {
  const caller = await authenticate(world, ctx);
  if (!caller) return;
  if (!caller.scope.some((scope) => settingsScopes.includes(scope)))
    return refuseCall(ctx, 401, 'AuthorizationUnsuccessful');
  const organisation = world.organisations.get(tenantOf(ctx, caller) ?? '');
  if (!organisation || organisation.tenantType === 'PRACTICE' || !mayEnter(world, caller, organisation.tenantId))
    return refuseCall(ctx, 403, 'AuthenticationUnsuccessful');
  if (limiter(ctx, caller.client_id, organisation.tenantId) === 'over') return;
  organisationAnswer(ctx, organisation);
}

/** The organisation of a call: a custom connection's token names it; with a user's token, the header does. */
function tenantOf(ctx: Context, caller: Caller): string | undefined {
  return ctx.get('xero-tenant-id') || caller.xero_tenant_id;
}

function mayEnter(world: World, caller: Caller, tenantId: string): boolean {
  if (isCustom(caller))
    return world.apps.get(caller.client_id)?.authorised === true && caller.xero_tenant_id === tenantId;
  const removed = world.organisations.get(tenantId)?.removedAccountIds ?? [];
  const accountId = caller.sub ?? '';
  return (
    !removed.includes(accountId) &&
    connectionsOf(world, caller.client_id, accountId).some((one) => one.tenantId === tenantId)
  );
}
