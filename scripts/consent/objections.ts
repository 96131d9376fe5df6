import { valueOf, type Environment } from '../environment/environment';
import type { Grant } from '../environment/grant';
import { heldName } from '../environment/tenant';
import type { VerifiedLink } from './callback';
import type { Connection } from './connections';

/** Why a consent may not become the environment's connection. */
export type Objection = 'link_used' | 'other_than_expected' | 'other_than_held';

/** A consent to be judged, and the rules for it. */
export interface Consent {
  /** The organisation for which it was given. */
  readonly connection: Connection;
  /** All organisations that its user has connected. */
  readonly connections: readonly Connection[];
  /** The user who gave it; '' when the token doesn't say. */
  readonly user: string;
  readonly link: Pick<VerifiedLink, 'isUsedUp' | 'mayReplace'>;
  /** Allows another organisation to replace the one held, whatever the link says. */
  readonly mayReplace: boolean;
  /** The organisation that it must be for, by id or name; '' for any. */
  readonly expected: string;
}

/**
 * Whether a consent must be judged before its tokens become the environment's own. Tokens that work are of some organisation,
 * also where it isn't known yet.
 */
export function mustBeJudged(
  held: Environment,
  grant: Pick<Grant, 'state'>,
  link: Pick<VerifiedLink, 'isUsedUp'>,
  expected: string,
): boolean {
  return valueOf(held, 'tenant_id') !== '' || works(grant) || expected !== '' || link.isUsedUp;
}

/** Whether what is held can still be refreshed. */
export function works({ state }: Pick<Grant, 'state'>): boolean {
  return state === 'connected' || state === 'interrupted';
}

/**
 * Why a consent may not replace what is held; undefined when it may. While the held grant works, another organisation
 * replaces it only when that was allowed. A link that was used up by a success can only bring the same user and
 * organisation again.
 */
export function objectionTo(consent: Consent, held: Environment, grant: Pick<Grant, 'state'>): Objection | undefined {
  const { connection, user, link, mayReplace } = consent;
  const tenantId = valueOf(held, 'tenant_id');
  const isSame = connection.tenantId === tenantId;
  if (!isExpected(consent, held)) return 'other_than_expected';
  if (link.isUsedUp && !mayReplace && !(isSame && isSameUser(user, held))) return 'link_used';
  const isAllowed = tenantId === '' || isSame || !works(grant) || mayReplace || (link.mayReplace && !link.isUsedUp);
  return isAllowed ? undefined : 'other_than_held';
}

/** Whether the organisation is the expected one: by id, or by a name that is that of the one held or of only one. */
export function isExpected(
  { connection, connections, expected }: Pick<Consent, 'connection' | 'connections' | 'expected'>,
  held: Environment,
): boolean {
  if (expected === '' || expected === connection.tenantId) return true;
  if (expected !== connection.tenantName) return false;
  const heldId = valueOf(held, 'tenant_id');
  if (heldId !== '' && heldName(held) === expected) return connection.tenantId === heldId;
  const sameName = connections.filter(({ tenantName }) => tenantName === expected);
  return new Set(sameName.map(({ tenantId }) => tenantId)).size === 1;
}

function isSameUser(user: string, held: Environment): boolean {
  const known = valueOf(held, 'authorised_user_id');
  return known !== '' && known === user;
}
