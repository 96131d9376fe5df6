import { randomBytes, randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { makeApp, type App } from './apps';
import { makeOrganisation, makeUser } from './organisations';
import { defaultVariants, type VariantChanges, type Variants } from './variants';
import type { Organisation, User, World } from './world';

/** A new world: one app of each type, two users, three organisations, and one older connection of the web app. */
export async function makeWorld(variants: VariantChanges = {}): Promise<World> {
  const world: World = {
    cookieKey: randomBytes(32).toString('base64url'),
    signingKey: await makeSigningKey(),
    apps: new Map(),
    users: new Map(),
    organisations: new Map(),
    consents: new Map(),
    connections: new Map(),
    artifacts: new Map(),
    graceAnswers: new Map(),
    variants: withChanges(variants),
    clockOffsetMs: 0,
  };
  populate(world);
  return world;
}

function withChanges(changes: VariantChanges): Variants {
  return Object.assign({ ...defaultVariants }, changes);
}

async function makeSigningKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const kid = randomBytes(20).toString('hex').toUpperCase();
  return { ...(await exportJWK(privateKey)), kid, alg: 'RS256', use: 'sig' };
}

function populate(world: World): void {
  const demo = makeUser('Dana', 'Demo', 'dana@example.com');
  for (const user of [demo, makeUser('Sam', 'Second', 'sam@example.com')]) world.users.set(user.accountId, user);
  const organisations = [
    makeOrganisation('Demo Company (Global)', { isDemoCompany: true }),
    makeOrganisation('Harbour Lane Bakery', { baseCurrency: 'NZD', countryCode: 'NZ' }),
    makeOrganisation('Old Harbour Trading', { baseCurrency: 'AUD', countryCode: 'AU' }),
  ];
  for (const organisation of organisations) world.organisations.set(organisation.tenantId, organisation);
  const tenantId = organisations[0]?.tenantId;
  const web = makeApp({ appType: 'web' });
  const apps = [web, makeApp({ appType: 'pkce' }), makeApp({ appType: 'custom_connection', tenantId })];
  for (const app of apps) world.apps.set(app.clientId, app);
  addOlderConnection(world, web, demo, organisations[2]);
}

/** Xero lists everything that a user ever connected to the app. With this entry, code that takes the first one fails. */
function addOlderConnection(world: World, app: App, user: User, organisation: Organisation | undefined): void {
  if (!organisation) return;
  const connectedAt = Date.now() - 90 * 86_400_000;
  const id = randomUUID();
  world.connections.set(id, {
    id,
    authEventId: randomUUID(),
    clientId: app.clientId,
    accountId: user.accountId,
    tenantId: organisation.tenantId,
    createdAtMs: connectedAt,
    updatedAtMs: connectedAt,
  });
}

/** Starts again, with the same apps, users and organisations. The clock keeps its time, because it can't go back. */
export function resetWorld(world: World, variants: VariantChanges = {}): void {
  for (const part of [world.consents, world.connections, world.artifacts, world.graceAnswers]) part.clear();
  world.variants = withChanges(variants);
  for (const organisation of world.organisations.values()) {
    organisation.removedAccountIds = [];
    organisation.isAtAppLimit = undefined;
  }
  const apps = [...world.apps.values()];
  for (const app of apps)
    Object.assign(app, { authorised: app.appType === 'custom_connection', olderSecret: undefined });
  const [web] = apps.filter((app) => app.appType === 'web');
  const [user] = world.users.values();
  if (web && user) addOlderConnection(world, web, user, [...world.organisations.values()][2]);
}
