import { randomBytes, randomUUID } from 'node:crypto';
import type { Connection, Organisation, User, World } from './world';

export function makeUser(givenName: string, familyName: string, email: string): User {
  return { accountId: randomBytes(16).toString('hex'), xeroUserId: randomUUID(), email, givenName, familyName };
}

type OrganisationSettings = Partial<
  Pick<Organisation, 'baseCurrency' | 'countryCode' | 'isDemoCompany' | 'tenantType'>
>;

export function makeOrganisation(name: string, settings: OrganisationSettings = {}): Organisation {
  return {
    tenantId: randomUUID(),
    name,
    shortCode: `!${randomBytes(4).toString('hex').slice(0, 5)}`,
    baseCurrency: 'USD',
    countryCode: 'US',
    isDemoCompany: false,
    removedAccountIds: [],
    ...settings,
  };
}

/** An organisation by its tenant id or its name. */
export function findOrganisation(world: World, idOrName: string): Organisation | undefined {
  const byId = world.organisations.get(idOrName);
  return byId ?? [...world.organisations.values()].find((organisation) => organisation.name === idOrName);
}

/** A user by account id or e-mail address; the first one when none is named. */
export function findUser(world: World, idOrEmail?: string): User | undefined {
  const users = [...world.users.values()];
  if (idOrEmail === undefined) return users[0];
  return users.find((user) => user.accountId === idOrEmail || user.email === idOrEmail);
}

/** What that user connected to that app, in the order of first connecting. */
export function connectionsOf(world: World, clientId: string, accountId?: string): Connection[] {
  const wanted = (one: Connection): boolean =>
    one.clientId === clientId && (accountId === undefined || one.accountId === accountId);
  return [...world.connections.values()].filter(wanted);
}

/** Connects an organisation. An existing connection keeps its `id` and gets a new `authEventId` and `updatedDateUtc`. */
export function connect(
  world: World,
  link: Pick<Connection, 'clientId' | 'accountId' | 'tenantId' | 'authEventId'>,
): void {
  const existing = connectionsOf(world, link.clientId, link.accountId).find((one) => one.tenantId === link.tenantId);
  if (existing) {
    existing.authEventId = link.authEventId;
    existing.updatedAtMs = Date.now();
    return;
  }
  const id = randomUUID();
  world.connections.set(id, { id, ...link, createdAtMs: Date.now(), updatedAtMs: Date.now() });
}

/** Xero resets a demo company: it has the same name and another id, and nothing is connected to it any more. */
export function resetDemoCompany(world: World): Record<string, unknown> {
  const all = [...world.organisations.values()];
  const fresh = all.map((one) => (one.isDemoCompany ? { ...one, tenantId: randomUUID(), removedAccountIds: [] } : one));
  world.organisations.clear(); // filled again in the same order
  for (const one of fresh) world.organisations.set(one.tenantId, one);
  const gone = (tenantId: string | null): boolean => tenantId !== null && !world.organisations.has(tenantId);
  for (const { id, tenantId } of [...world.connections.values()]) if (gone(tenantId)) world.connections.delete(id);
  const tenantId = fresh.find(({ isDemoCompany }) => isDemoCompany)?.tenantId ?? null;
  for (const app of world.apps.values()) {
    if (gone(app.tenantId)) Object.assign(app, { tenantId, authorised: false });
  }
  return { tenantId };
}
