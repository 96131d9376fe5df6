import * as v from 'valibot';
import { makeApp, type App } from '../world/apps';
import { findOrganisation, makeOrganisation } from '../world/organisations';
import { knownScopes } from '../world/scopes';
import type { Organisation, World } from '../world/world';

const RedirectUri = v.pipe(
  v.string(),
  v.check(isAcceptable, 'a redirect URI is https, or http on localhost, and has no fragment'),
);

const Scope = v.pipe(
  v.string(),
  v.check((scope) => knownScopes.has(scope), 'no scope that Xero knows'),
);

/** A new app, with what the developer portal asks for. */
export const AppBody = v.strictObject({
  appType: v.picklist(['web', 'pkce', 'custom_connection']),
  name: v.exactOptional(v.string()),
  redirectUris: v.exactOptional(v.pipe(v.array(RedirectUri), v.minLength(1), v.maxLength(50))),
  scopes: v.exactOptional(v.array(Scope)),
  wrongAppScopes: v.exactOptional(v.array(Scope)),
  createdAt: v.exactOptional(v.pipe(v.string(), v.isoTimestamp())),
  tenantId: v.exactOptional(v.string()),
  connectionLimit: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(0))),
});

/** An organisation or a practice that comes into being. */
export const OrganisationBody = v.strictObject({
  name: v.string(),
  tenantType: v.optional(v.picklist(['ORGANISATION', 'PRACTICE']), 'ORGANISATION'),
});

/** Adds it, unless one of that name is there. */
export function addOrganisation(
  world: World,
  { name, tenantType }: v.InferOutput<typeof OrganisationBody>,
): Record<string, unknown> {
  const organisation = findOrganisation(world, name) ?? makeOrganisation(name, { tenantType });
  world.organisations.set(organisation.tenantId, organisation);
  return describeOrganisation(organisation);
}

/** Xero accepts `https`, and `http` only for `localhost`, not for 127.0.0.1. */
function isAcceptable(uri: string): boolean {
  if (!URL.canParse(uri)) return false;
  const { protocol, hostname, hash } = new URL(uri);
  return hash === '' && (protocol === 'https:' || (protocol === 'http:' && hostname === 'localhost'));
}

export function addApp(world: World, asked: v.InferOutput<typeof AppBody>): Record<string, unknown> {
  const app = makeApp({ ...asked, tenantId: tenantFor(world, asked) });
  world.apps.set(app.clientId, app);
  return { ...describeApp(app), clientSecret: app.clientSecret };
}

function tenantFor(world: World, asked: v.InferOutput<typeof AppBody>): string | undefined {
  if (asked.appType !== 'custom_connection') return undefined;
  const [first] = world.organisations.values();
  const organisation = asked.tenantId === undefined ? first : findOrganisation(world, asked.tenantId);
  if (!organisation) throw new RangeError('tenantId: no such organisation');
  return organisation.tenantId;
}

/** An app without its secret. */
export function describeApp({ clientId, appType, name, redirectUris, createdAt }: App): Record<string, unknown> {
  return { clientId, appType, name, redirectUris, createdAt };
}

export function describeOrganisation({ tenantId, name, removedAccountIds }: Organisation): Record<string, unknown> {
  return { tenantId, name, removedUsers: removedAccountIds };
}
