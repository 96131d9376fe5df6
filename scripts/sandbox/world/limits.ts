import type { App } from './apps';
import { connectionsOf } from './organisations';
import type { World } from './world';

const certification = 'needs to complete certification before they can connect to more Xero organisations';

/** Why an app may not connect these organisations; undefined when it may. The words of the first are Xero's. */
export function limitReached(world: World, app: App, tenantIds: readonly string[]): string | undefined {
  const connected = new Set(connectionsOf(world, app.clientId).map(({ tenantId }) => tenantId));
  const fresh = tenantIds.filter((tenantId) => !connected.has(tenantId));
  if (connected.size + fresh.length > (app.connectionLimit ?? Infinity)) return `${app.name} ${certification}`;
  const full = fresh.flatMap((tenantId) => world.organisations.get(tenantId) ?? []).find((one) => one.isAtAppLimit);
  return full && `${full.name} has reached its limit of uncertified apps`;
}

/** Why an app may connect no further organisation at all; undefined when it may. */
export function isAtLimit(world: World, app: App): string | undefined {
  const connected = new Set(connectionsOf(world, app.clientId).map(({ tenantId }) => tenantId));
  return connected.size >= (app.connectionLimit ?? Infinity) ? `${app.name} ${certification}` : undefined;
}
