import { runnerOf, type Context } from '../context';
import { isOpenable, valueOf, type Environment } from '../environment/environment';
import { consentNeeded, generationOf, grantOf, tokenKeys } from '../environment/grant';
import type { StoredEnvironment, LockedEnvironment } from '../environment/store';
import { claimsOf, heldName } from '../environment/tenant';
import { Failure, invalid } from '../errors';
import { changesForTenant, connectionOf, othersOfConsent, type Connection } from './connections';
import { changesForConnected, changesForUsed } from './exchange';
import { objectionTo, works, type Consent, type Objection } from './objections';
import { askConnections, withOrganisation } from './organisation';

/** The terms by which a consent is judged whose tokens wait beside the environment. */
export type Terms = Pick<Consent, 'link' | 'mayReplace' | 'expected'>;

export interface Judged {
  readonly connection: Connection;
  /** The other organisations of the same consent. */
  readonly others: readonly string[];
  readonly environment: Environment;
}

/**
 * Asks Xero for which organisation the tokens beside the environment are, and makes them the environment's own, all
 * rows in one write. Tokens of another organisation are kept aside and not revoked: that would end every connection of
 * that user, including the one held.
 * @throws Failure `wrong_organisation`, `link_used` or `no_connection` when they stay aside; `temporary_failure` while
 * Xero doesn't say; then they wait
 */
export async function judgePending(
  stored: StoredEnvironment,
  locked: LockedEnvironment,
  terms: Terms,
  context: Context,
): Promise<Judged> {
  const pending = await locked.aside.pending();
  if (pending === undefined) throw nothingAside(stored.name);
  const connections = await askConnections(stored, pending, context, runnerOf(context));
  const held = await heldBeside(stored, locked, connections, context);
  const connection = connectionOf(connections, valueOf(pending, 'access_token'), valueOf(held, 'tenant_id'));
  if (connection === undefined) throw await refuse(locked, noConnection(stored.name));
  const consent = { ...terms, connection, connections, user: userOf(pending) };
  const objection = objectionTo(consent, held, grantOf(held, context.now()));
  if (objection !== undefined) throw await refuse(locked, objectionFailure(objection, connection, held));
  await takeOver(locked, pending, connection, context.now());
  return { connection, others: othersOfConsent(connections, connection), environment: await locked.read() };
}

/**
 * What a consent is judged against, with the organisation of tokens that work: it is asked for where it isn't known, if
 * `connections`, those of the consent's user, don't say it. @throws Failure `temporary_failure` while Xero doesn't say
 */
async function heldBeside(
  stored: StoredEnvironment,
  locked: LockedEnvironment,
  connections: readonly Connection[],
  context: Context,
): Promise<Environment> {
  // Where the key of its tokens is lost, nobody can be asked.
  const isKnown = (held: Environment): boolean =>
    valueOf(held, 'tenant_id') !== '' || !works(grantOf(held, context.now())) || !isOpenable(held, 'access_token');
  const read = await locked.read();
  if (isKnown(read)) return read;
  const held = await withOrganisation(locked, connections);
  if (isKnown(held)) return held;
  return await withOrganisation(locked, await askConnections(stored, held, context, runnerOf(context)));
}

/**
 * Tries the tokens that a consent of the same user left aside, after the environment's own token was refused: a token
 * set serves every organisation of its user. Returns whether they are the environment's now.
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

/** Writes tokens and organisation at once, so that no reader finds the new tokens with the old organisation. */
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
    ...changesForConnected(held),
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

/** The user who consented, from the token or else from the row. */
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
