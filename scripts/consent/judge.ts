import { runnerOf, type Context } from '../context';
import { valueOf, type Environment } from '../environment/environment';
import { consentNeeded, generationOf, grantOf, tokenKeys } from '../environment/grant';
import type { StoredEnvironment, LockedEnvironment } from '../environment/store';
import { claimsOf, heldName } from '../environment/tenant';
import { Failure, invalid } from '../errors';
import { changesForTenant, connectionOf, type Connection } from './connections';
import { changesForUsed } from './exchange';
import { objectionTo, type Consent, type Objection } from './objections';
import { askConnections } from './organisation';

/** What is known of a consent whose tokens wait beside the environment. */
export type Terms = Pick<Consent, 'link' | 'mayReplace' | 'expected'>;

export interface Judged {
  readonly connection: Connection;
  readonly environment: Environment;
}

/**
 * Finds out which organisation the tokens are for that wait beside the environment, and makes them the environment's, all
 * its rows in one write. Those of another organisation stay aside: they were paid for, and revoking them would end every
 * connection of that user, the one that is held too.
 * @throws Failure `wrong_organisation`, `link_used` or `no_connection` when they stay aside; `temporary_failure` while
 * Xero doesn't say, and then they wait
 */
export async function judgePending(
  stored: StoredEnvironment,
  locked: LockedEnvironment,
  terms: Terms,
  context: Context,
): Promise<Judged> {
  const pending = await locked.aside.pending();
  if (pending === undefined) throw nothingAside(stored.name);
  const held = await locked.read();
  const connections = await askConnections(stored, pending, context, runnerOf(context));
  const connection = connectionOf(connections, valueOf(pending, 'access_token'), valueOf(held, 'tenant_id'));
  if (connection === undefined) throw await refuse(locked, noConnection(stored.name));
  const consent = { ...terms, connection, connections, user: userOf(pending) };
  const objection = objectionTo(consent, held, grantOf(held, context.now()));
  if (objection !== undefined) throw await refuse(locked, objectionFailure(objection, connection, held));
  await takeOver(locked, pending, connection, context.now());
  return { connection, environment: await locked.read() };
}

/**
 * The token that was held is over; what a consent of the same user has left aside may still reach the same organisation,
 * as a token set serves every organisation of its user. Returns whether it is the environment's now.
 */
export async function rescueByAside(
  stored: StoredEnvironment,
  locked: LockedEnvironment,
  context: Context,
): Promise<boolean> {
  await locked.aside.reconsider();
  const [pending, held] = [await locked.aside.pending(), await locked.read()];
  if (pending === undefined || userOf(pending) === '' || userOf(pending) !== userOf(held)) return false;
  try {
    const connections = await askConnections(stored, pending, context, runnerOf(context));
    const connection = connections.find(({ tenantId }) => tenantId === valueOf(held, 'tenant_id'));
    if (connection === undefined) return false;
    await takeOver(locked, pending, connection, context.now());
    return true;
  } catch (error) {
    if (error instanceof Failure && error.kind !== 'not_saved') return false;
    throw error;
  }
}

/** One write: nobody reads the new tokens with the old organisation, or the other way about. */
async function takeOver(
  locked: LockedEnvironment,
  pending: Environment,
  connection: Connection,
  now: Date,
): Promise<void> {
  const held = await locked.read();
  const tokens = Object.fromEntries(tokenKeys.map((key) => [key, valueOf(pending, key)]));
  const generation = Math.max(generationOf(held), generationOf(pending) - 1) + 1;
  const expected = valueOf(held, 'expected_tenant') === '' ? {} : { expected_tenant: connection.tenantId };
  locked.keep({
    ...tokens,
    ...changesForTenant(connection, valueOf(pending, 'access_token')),
    ...changesForUsed(held),
    ...expected,
    consent_state: valueOf(pending, 'consent_state'),
    connected_at: now.toISOString(),
    generation: String(generation),
  });
  await locked.settle();
  await locked.aside.clear();
}

async function refuse(locked: LockedEnvironment, failure: Failure): Promise<Failure> {
  await locked.aside.refuse();
  const environment = await locked.read();
  const used = Object.entries(changesForUsed(environment));
  const left = used.filter(([key]) => environment.variables.some((row) => row.key === key && row.value !== ''));
  if (left.length > 0) await locked.write(Object.fromEntries(left));
  return failure;
}

/** The user who consented: what the token says, or else the row. */
function userOf(environment: Environment): string {
  const user = claimsOf(valueOf(environment, 'access_token'))['xero_userid'];
  return typeof user === 'string' ? user : valueOf(environment, 'authorised_user_id');
}

function objectionFailure(objection: Objection, { tenantName, tenantId }: Connection, held: Environment): Failure {
  const { name } = held;
  const other = tenantName || tenantId;
  const own = heldName(held) || valueOf(held, 'tenant_id') || 'another organisation';
  const take = `to take ${other} after all: npx evergrant exchange ${name} --replace`;
  if (objection === 'link_used') {
    const message = `the consent link of ${name} was used already: it is connected to ${own}, and nothing was changed`;
    return new Failure(
      'consent_needed',
      'link_used',
      message,
      `make a new link: npx evergrant consent ${name}; ${take}`,
    );
  }
  const message =
    objection === 'other_than_expected'
      ? `the consent for ${name} is for ${other}, not for the organisation expected: nothing was changed`
      : `the consent for ${name} is for ${other}, and it is connected to ${own}: nothing was changed`;
  return invalid('wrong_organisation', message, `send a new link: npx evergrant consent ${name}; ${take}`);
}

function noConnection(name: string): Failure {
  const why = 'its tokens reach no organisation that could be its own: no connection is of this consent';
  return consentNeeded(name, why, 'no_connection');
}

function nothingAside(name: string): Failure {
  return invalid(
    'nothing_aside',
    `no tokens of a consent wait beside ${name}`,
    `make a link: npx evergrant consent ${name} --replace`,
  );
}
