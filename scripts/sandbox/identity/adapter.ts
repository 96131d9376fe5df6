import type { Adapter, AdapterPayload } from 'oidc-provider';
import { clientMetadata } from '../world/apps';
import { findArtifact, putArtifact, removeArtifact, removeByGrant } from '../world/artifacts';
import { endSiblings, markUsed, tokenState } from '../world/grace';
import type { Artifact, World } from '../world/world';

/** Where the OpenID server keeps its things. `parentOf` tells which refresh token is being rotated right now, if any. */
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
  const artifact: Artifact = { model, id, payload, expiresAtMs, ...(parentId === undefined ? {} : { parentId }) };
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

/** Never with `consumed`: the server would revoke the family. In the grace period a used token looks unused, later gone. */
function presentRefreshToken(world: World, artifact: Artifact): AdapterPayload | undefined {
  return tokenState(artifact, Date.now(), world.variants) === 'dead' ? undefined : artifact.payload;
}

/** A used code is gone; shown as `consumed`, the server revokes what came of it (RFC 6749 §4.1.2). */
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
