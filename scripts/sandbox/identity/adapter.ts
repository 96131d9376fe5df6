import type { Adapter, AdapterPayload } from 'oidc-provider';
import { clientMetadata } from '../world/apps';
import { findArtifact, putArtifact, removeArtifact, removeByGrant } from '../world/artifacts';
import { endSiblings, markUsed, tokenState } from '../world/grace';
import type { Artifact, World } from '../world/world';

/** The OpenID server's storage. `parentOf` returns the id of the refresh token that is being rotated; undefined if none is. */
export function makeAdapter(world: World, model: string, parentOf: () => string | undefined): Adapter {
  return {
    upsert: async (id, payload, expiresInSeconds) => keep(world, model, id, payload, expiresInSeconds, parentOf),
    find: async (id) => find(world, model, id),
    findByUid: async (uid) => findByUid(world, model, uid),
    findByUserCode: async () => undefined,
    consume: async (id) => consume(world, model, id),
    destroy: async (id) => removeArtifact(world, model, id),
    revokeByGrantId: async (grantId) => removeByGrant(world, model, grantId),
  };
}

function keep(
  world: World,
  model: string,
  id: string,
  payload: AdapterPayload,
  expiresInSeconds: number | undefined,
  parentOf: () => string | undefined,
): void {
  const expiresAtMs = expiresInSeconds === undefined ? Number.MAX_SAFE_INTEGER : Date.now() + expiresInSeconds * 1000;
  const parentId = model === 'RefreshToken' ? parentOf() : undefined;
  const artifact: Artifact = { model, id, payload, expiresAtMs, parentId };
  putArtifact(world, artifact);
  if (parentId !== undefined && world.variants.twoChains === 'newest_only') endSiblings(world, artifact);
}

function find(world: World, model: string, id: string): AdapterPayload | undefined {
  if (model === 'Client') return findClient(world, id);
  const artifact = findArtifact(world, model, id);
  if (!artifact || artifact.expiresAtMs <= Date.now()) return undefined;
  if (model === 'RefreshToken') return presentRefreshToken(world, artifact);
  return model === 'AuthorizationCode' ? presentCode(world, artifact) : artifact.payload;
}

function findClient(world: World, clientId: string): AdapterPayload | undefined {
  const app = world.apps.get(clientId);
  return app && clientMetadata(app);
}

/**
 * A used refresh token as the server shall see it: as unused during its grace period, and as missing after it. It is never
 * marked `consumed`, because the server would then revoke all tokens of its consent.
 */
function presentRefreshToken(world: World, artifact: Artifact): AdapterPayload | undefined {
  return tokenState(artifact, Date.now(), world.variants) === 'dead' ? undefined : artifact.payload;
}

/** A used code is missing, or `consumed`, so that the server revokes the tokens that it was exchanged for (RFC 6749 §4.1.2). */
function presentCode(world: World, artifact: Artifact): AdapterPayload | undefined {
  if (artifact.consumedAtMs === undefined) return artifact.payload;
  if (world.variants.codeReuse === 'refuse') return undefined;
  return { ...artifact.payload, consumed: Math.floor(artifact.consumedAtMs / 1000) };
}

function findByUid(world: World, model: string, uid: string): AdapterPayload | undefined {
  for (const one of world.artifacts.values()) {
    if (one.model === model && one.payload.uid === uid) return one.payload;
  }
  return undefined;
}

function consume(world: World, model: string, id: string): void {
  const artifact = findArtifact(world, model, id);
  if (artifact && model === 'RefreshToken') markUsed(world, artifact);
  else if (artifact) artifact.consumedAtMs ??= Date.now();
}
