import * as v from 'valibot';
import { makeSecret, type App, type AppType } from './apps';
import { disconnectOrganisation, disconnectUser } from './consents';
import { connectionsOf, findOrganisation, findUser, resetDemoCompany } from './organisations';
import type { World } from './world';

const who = {
  clientId: v.exactOptional(v.string()),
  appType: v.exactOptional(v.picklist(['web', 'pkce', 'custom_connection'])),
  user: v.exactOptional(v.string()),
};

/** Something that changes at Xero without a request of the app. Without an app or user, it concerns the first one. */
export const WorldEvent = v.variant('event', [
  v.strictObject({ event: v.literal('disconnect_organisation'), tenantId: v.string(), ...who }),
  v.strictObject({ event: v.literal('organisation_renamed'), tenantId: v.string(), name: v.string(), ...who }),
  v.strictObject({ event: v.literal('user_removed'), tenantId: v.string(), ...who }),
  v.strictObject({ event: v.literal('user_restored'), tenantId: v.string(), ...who }),
  v.strictObject({ event: v.literal('regenerate_secret'), ...who }),
  v.strictObject({ event: v.literal('add_secret'), ...who }),
  v.strictObject({ event: v.literal('delete_older_secret'), ...who }),
  v.strictObject({ event: v.literal('demo_company_reset'), ...who }),
  v.strictObject({ event: v.literal('app_limit_reached'), tenantId: v.string(), ...who }),
  v.strictObject({ event: v.literal('revoke'), ...who }),
  v.strictObject({ event: v.literal('custom_connection_authorised'), authorised: v.boolean(), ...who }),
  v.strictObject({ event: v.literal('scopes_changed'), scopes: v.array(v.string()), ...who }),
  v.strictObject({ event: v.literal('reset') }),
]);

export type WorldEvent = v.InferOutput<typeof WorldEvent>;
type NamedEvent = Exclude<WorldEvent, { event: 'reset' }>;

/** Changes the world and returns the answer of the control API. @throws RangeError when something named does not exist */
export function applyEvent(world: World, event: NamedEvent): Record<string, unknown> {
  const app = appOf(world, event, defaultAppType(event));
  switch (event.event) {
    case 'regenerate_secret':
      Object.assign(app, { clientSecret: makeSecret(), olderSecret: undefined });
      return { clientId: app.clientId, clientSecret: app.clientSecret };
    case 'add_secret':
      app.olderSecret = app.clientSecret ?? undefined;
      app.clientSecret = makeSecret();
      return { clientId: app.clientId, clientSecret: app.clientSecret };
    case 'delete_older_secret':
      app.olderSecret = undefined;
      return { clientId: app.clientId };
    case 'demo_company_reset':
      return resetDemoCompany(world);
    case 'custom_connection_authorised':
      app.authorised = event.authorised;
      return { authorised: app.authorised };
    case 'scopes_changed':
      return changeScopes(app, event.scopes);
    case 'revoke':
      disconnectUser(world, app.clientId, accountOf(world, event));
      return { revoked: true };
    default:
      return changeOrganisation(world, app, event);
  }
}

function defaultAppType({ event }: NamedEvent): AppType {
  return event === 'custom_connection_authorised' ? 'custom_connection' : 'web';
}

/** The app with a client id, or the oldest app of a type. */
export function appOf(
  world: World,
  wanted: { clientId?: string | undefined; appType?: AppType },
  otherwise: AppType = 'web',
): App {
  const apps = [...world.apps.values()];
  const app =
    wanted.clientId === undefined
      ? apps.find((one) => one.appType === (wanted.appType ?? otherwise))
      : world.apps.get(wanted.clientId);
  if (!app) throw new RangeError('clientId: no such app');
  return app;
}

function accountOf(world: World, event: NamedEvent): string {
  const user = findUser(world, event.user);
  if (!user) throw new RangeError('user: no such user');
  return user.accountId;
}

/** A custom connection whose scopes change doesn't work until its owner authorises it again. */
function changeScopes(app: App, scopes: readonly string[]): Record<string, unknown> {
  app.scopes = scopes;
  if (app.appType === 'custom_connection') app.authorised = false;
  return { scopes, authorised: app.authorised };
}

type OrganisationEvent = Extract<NamedEvent, { tenantId: string }>;

function changeOrganisation(world: World, app: App, event: OrganisationEvent): Record<string, unknown> {
  const organisation = findOrganisation(world, event.tenantId);
  if (!organisation) throw new RangeError('tenantId: no such organisation');
  if (event.event === 'organisation_renamed') {
    organisation.name = event.name;
    return { name: organisation.name };
  }
  if (event.event === 'app_limit_reached') {
    organisation.isAtAppLimit = true;
    return { isAtAppLimit: true };
  }
  const accountId = accountOf(world, event);
  if (event.event === 'disconnect_organisation') {
    const found = connectionsOf(world, app.clientId, accountId).filter((one) => one.tenantId === organisation.tenantId);
    for (const one of found) disconnectOrganisation(world, one.id);
    return { disconnected: found.length };
  }
  const others = organisation.removedAccountIds.filter((one) => one !== accountId);
  organisation.removedAccountIds = event.event === 'user_removed' ? [...others, accountId] : others;
  return { removed: event.event === 'user_removed' };
}
