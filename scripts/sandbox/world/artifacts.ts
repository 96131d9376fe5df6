import type { Artifact, World } from './world';

const refreshTokenMemoryMs = 365 * 86_400_000;

function artifactKey(model: string, id: string): string {
  return `${model}:${id}`;
}

export function findArtifact(world: World, model: string, id: string): Artifact | undefined {
  return world.artifacts.get(artifactKey(model, id));
}

export function putArtifact(world: World, artifact: Artifact): void {
  world.artifacts.set(artifactKey(artifact.model, artifact.id), artifact);
  if (world.artifacts.size % 256 === 0) sweep(world);
}

export function removeArtifact(world: World, model: string, id: string): void {
  const artifact = findArtifact(world, model, id);
  if (artifact && model === 'RefreshToken') artifact.ended = true;
  else world.artifacts.delete(artifactKey(model, id));
}

export function refreshTokensOf(world: World, grantId: string): Artifact[] {
  const wanted = (one: Artifact): boolean => one.model === 'RefreshToken' && one.payload.grantId === grantId;
  return [...world.artifacts.values()].filter(wanted);
}

/** Removes everything of one model that belongs to a grant. A refresh token stays, marked as ended. */
export function removeByGrant(world: World, model: string, grantId: string): void {
  for (const one of world.artifacts.values()) {
    if (one.model === model && one.payload.grantId === grantId) removeArtifact(world, model, one.id);
  }
}

function sweep(world: World): void {
  for (const [key, one] of world.artifacts) {
    const memoryMs = one.model === 'RefreshToken' ? refreshTokenMemoryMs : 0;
    if (one.expiresAtMs + memoryMs < Date.now()) world.artifacts.delete(key);
  }
}
