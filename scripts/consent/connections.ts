import * as v from 'valibot';
import type { Changes } from '../environment/environment';
import { isPlainId, plainName } from '../environment/plain-name';
import { claimsOf } from '../environment/tenant';
import { Failure } from '../errors';
import { describeAnswer, remedyFor, type Answer } from '../refresh/token-answer';
import { jsonOf } from '../text/json';

/** One organisation that a user has connected to the app, in Xero's own field names (xero-identity.yaml, Connection). */
export interface Connection {
  readonly id: string;
  readonly tenantId: string;
  readonly tenantName: string;
  readonly tenantType: string;
  readonly authEventId: string;
  readonly updatedDateUtc: string;
}

const optionalText = v.pipe(
  v.nullish(v.string(), ''),
  v.transform((text) => plainName(text)),
);
const id = v.pipe(
  v.string(),
  v.check((text) => isPlainId(text)),
);
const connectionShape = v.object({
  id,
  tenantId: id,
  tenantName: optionalText,
  tenantType: optionalText,
  authEventId: optionalText,
  updatedDateUtc: optionalText,
});

/**
 * Judges an answer of `GET /connections`. The names it returns are plain, and the ids are valid.
 * @throws Failure `temporary_failure` when the answer is no list
 */
export function judgeConnections(answer: Answer, name: string): Connection[] {
  const list =
    answer.kind === 'answer' && answer.status === 200
      ? v.safeParse(v.array(connectionShape), jsonOf(answer.body))
      : undefined;
  if (!list?.success) throw apiFailure(answer, 'the list of connections', name);
  return list.output;
}

/** The failure of a call to Xero's API that should have returned `wanted`. */
export function apiFailure(answer: Answer, wanted: string, name: string): Failure {
  const message = `Xero did not give ${wanted}: ${describeAnswer(answer)}`;
  if (answer.kind === 'answer' && answer.status === 401) {
    return new Failure(
      'temporary_failure',
      'access_token_refused',
      message,
      `get a new access token with npx evergrant refresh ${name} --force, then run again`,
    );
  }
  const again = 'run the same command again';
  const remedy = remedyFor(answer);
  return new Failure(
    'temporary_failure',
    'api_unavailable',
    message,
    remedy === undefined ? `${again} in a minute; the tokens are safe` : `${remedy}; then ${again}`,
  );
}

/**
 * The connection of a consent. `/connections` lists all that the user ever made; the one of this consent has the
 * `authentication_event_id` of the access token. If none has, it is the one held (`heldTenantId`, '' for none). The
 * newest is taken only when the token has no event and none is held. An accountant's practice, which the accounting API
 * doesn't know, is taken only where the consent has no organisation.
 */
export function connectionOf(
  connections: readonly Connection[],
  accessToken: string,
  heldTenantId: string,
): Connection | undefined {
  const claim = claimsOf(accessToken)['authentication_event_id'];
  const event = typeof claim === 'string' ? claim : '';
  const newestFirst = connections.toSorted(
    (a, b) => Number(isPractice(a)) - Number(isPractice(b)) || b.updatedDateUtc.localeCompare(a.updatedDateUtc),
  );
  const ofEvent = newestFirst.find(({ authEventId }) => authEventId !== '' && authEventId === event);
  if (ofEvent !== undefined) return ofEvent;
  if (heldTenantId !== '') return newestFirst.find(({ tenantId }) => tenantId === heldTenantId);
  return event === '' ? newestFirst[0] : undefined;
}

/** The names of the other organisations that were chosen in the same consent. */
export function othersOfConsent(
  connections: readonly Connection[],
  { id, authEventId }: Connection,
): readonly string[] {
  const others = connections.filter((one) => authEventId !== '' && one.authEventId === authEventId && one.id !== id);
  return others.map(({ tenantName, tenantId }) => tenantName || tenantId);
}

function isPractice({ tenantType }: Connection): boolean {
  return /^practice$/i.test(tenantType);
}

/** The rows that say which organisation a consent is for. */
export function changesForTenant(connection: Connection, accessToken: string): Changes {
  const user = claimsOf(accessToken)['xero_userid'];
  return {
    tenant_id: connection.tenantId,
    tenant_name: connection.tenantName,
    ...(typeof user === 'string' && isPlainId(user) ? { authorised_user_id: user } : {}),
  };
}
