import { randomUUID } from 'node:crypto';
import { removeArtifact, removeByGrant } from './artifacts';
import { connect, connectionsOf } from './organisations';
import { identityScopes } from './scopes';
import type { Consent, World } from './world';

export interface ConsentChoice {
  readonly clientId: string;
  readonly accountId: string;
  readonly scopes: readonly string[];
  readonly tenantIds: readonly string[];
}

/** Records a consent: it has also the scopes of earlier ones, and connects the chosen organisations. */
export function giveConsent(world: World, choice: ConsentChoice): Consent {
  const consent: Consent = {
    authEventId: randomUUID(),
    clientId: choice.clientId,
    accountId: choice.accountId,
    scopes: [...new Set([...choice.scopes, ...earlierScopes(world, choice)])],
    globalSessionId: randomUUID().replaceAll('-', ''),
    givenAtMs: Date.now(),
  };
  world.consents.set(consent.authEventId, consent);
  for (const tenantId of choice.tenantIds) connect(world, { ...consentLink(consent), tenantId });
  return consent;
}

function consentLink({
  clientId,
  accountId,
  authEventId,
}: Consent): Pick<Consent, 'clientId' | 'accountId' | 'authEventId'> {
  return { clientId, accountId, authEventId };
}

function earlierScopes(world: World, { clientId, accountId }: ConsentChoice): string[] {
  const scopes = liveConsents(world, clientId, accountId).flatMap((consent) => consent.scopes);
  return scopes.filter((scope) => !identityScopes.includes(scope));
}

function liveConsents(world: World, clientId: string, accountId: string): Consent[] {
  const wanted = (one: Consent): boolean => !one.ended && one.clientId === clientId && one.accountId === accountId;
  return [...world.consents.values()].filter(wanted);
}

/** Ends one consent with its refresh tokens, codes and access tokens. */
export function endConsent(world: World, authEventId: string): void {
  const consent = world.consents.get(authEventId);
  if (consent) consent.ended = true;
  removeByGrant(world, 'RefreshToken', authEventId);
  removeByGrant(world, 'AuthorizationCode', authEventId);
  removeArtifact(world, 'Grant', authEventId);
}

/** Removes all of a user's connections to an app and all tokens of them, as the revocation endpoint does. */
export function disconnectUser(world: World, clientId: string, accountId: string): void {
  for (const consent of liveConsents(world, clientId, accountId)) endConsent(world, consent.authEventId);
  for (const connection of connectionsOf(world, clientId, accountId)) world.connections.delete(connection.id);
}

/** Removes one connection. In one variant, removing the last one also ends the user's refresh tokens. */
export function disconnectOrganisation(world: World, connectionId: string): boolean {
  const connection = world.connections.get(connectionId);
  if (!connection) return false;
  world.connections.delete(connectionId);
  const { clientId, accountId } = connection;
  const last = connectionsOf(world, clientId, accountId).length === 0;
  if (last && world.variants.deleteLastConnectionKillsRefresh === 'yes') {
    for (const one of liveConsents(world, clientId, accountId)) removeByGrant(world, 'RefreshToken', one.authEventId);
  }
  return true;
}

/** For `secondConsent: supersedes`: ends the refresh tokens of all earlier consents. */
export function supersedeOthers(world: World, newest: Consent): void {
  for (const one of liveConsents(world, newest.clientId, newest.accountId)) {
    if (one !== newest) removeByGrant(world, 'RefreshToken', one.authEventId);
  }
}
