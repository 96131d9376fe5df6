import type { Attempt } from '../history/attempt';
import { valueOf, type Environment } from './environment';
import { grantOf, tokenFingerprint } from './grant';
import type { StoredEnvironment } from './store';
import { heldName } from './tenant';

/** Records what a person has done to a connection, because it explains later entries in the log. */
export async function recordChange(
  stored: StoredEnvironment,
  outcome: 'connected' | 'taken_over' | 'restored' | 'disconnected' | 'handed_over',
  { before, after }: { readonly before: Environment | undefined; readonly after: Environment },
  { now }: { now(): Date },
): Promise<void> {
  const at = now();
  const { generation } = grantOf(after, at);
  const tokens = { before: before === undefined ? null : tokenFingerprint(before), after: tokenFingerprint(after) };
  const nothingSent = { durationMs: 0, tries: 0, status: null, correlation: null, error: null };
  const moved = before === undefined ? null : moveOf(before, after);
  await stored.record({ at, environment: stored.name, outcome, generation, ...tokens, ...nothingSent, moved });
}

/** The move to another organisation, if the new tokens are for one; otherwise null. */
function moveOf(before: Environment, after: Environment): Attempt['moved'] {
  const [from, to] = [valueOf(before, 'tenant_id'), valueOf(after, 'tenant_id')];
  return [from, to].includes('') || from === to ? null : { from: heldName(before) || from, to: heldName(after) || to };
}
