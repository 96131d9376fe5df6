import type { Context } from '../context';
import { editEnvironment } from '../environment/edit';
import { has, type Changes, type ContractKey, type Environment } from '../environment/environment';
import { generationOf, grantOf } from '../environment/grant';
import { openedText } from '../environment/sealed';
import { recordChange } from '../environment/record-change';
import { unusableRow } from '../environment/row-faults';
import type { LockedEnvironment, StoredEnvironment } from '../environment/store';
import { Failure, invalid } from '../errors';
import { takeUpKept } from '../refresh/candidates';

/** Rows that mean something on this machine alone. */
const ownRows: readonly ContractKey[] = ['handed_over_at', 'callback_url', 'code_verifier', 'disconnect_confirm'];

/**
 * Hands a connection over to another machine or to Postman, under its lock. In order: what waits is picked up; `give` makes
 * the text with the tokens durable elsewhere (where that can be), and throws where nobody takes it; the held token set is kept here, durably; only then the
 * token rows are blank, so that nothing here spends them any more, and `handed_over_at` says since when. Cut off before
 * that, the connection is still here; after it, `restore` has the tokens. What is kept is never taken up by itself.
 * @throws Failure, having changed nothing
 */
export async function handOver(
  stored: StoredEnvironment,
  waitMs: number,
  give: (text: string) => void | Promise<void>,
  context: Context,
): Promise<void> {
  const locked = await stored.lock(waitMs);
  try {
    const { environment } = await takeUpKept(locked);
    await refuseHandOver(stored, environment, context.now());
    const text = editEnvironment(openedText(environment, stored.where), blank(environment, ownRows), stored.where);
    await locked.prepareSave({});
    await give(text);
    await giveUp(stored, locked, context.now(), context);
  } finally {
    await locked.release();
  }
}

/** Makes an environment hold no tokens any more: what it holds is kept, durably, then `handed_over_at` says since when. */
export async function giveUp(
  stored: StoredEnvironment,
  locked: LockedEnvironment,
  handedOverAt: Date,
  context: Context,
): Promise<void> {
  const before = await locked.read();
  await locked.keepHeld();
  await locked.write(moved(before, handedOverAt));
  await locked.keepHeld(); // so that an older copy of the file is known for one
  await recordChange(stored, 'handed_over', { before, after: await locked.read() }, context);
}

async function refuseHandOver(stored: StoredEnvironment, environment: Environment, now: Date): Promise<void> {
  const { name } = stored;
  const unusable = unusableRow(environment, stored.where);
  if (unusable !== undefined) throw unusable;
  const { state, rotates, handedOverAt } = grantOf(environment, now);
  if (handedOverAt !== null) {
    const why = `${name} was handed over at ${handedOverAt.toISOString()}`;
    throw invalid('moved', why, `to take it back, if nobody else has it: npx evergrant restore ${name}`);
  }
  if (!rotates) {
    const why = `${name} is a custom connection, which has no tokens to hand over: its id and secret are enough`;
    throw invalid(
      'nothing_to_hand_over',
      why,
      `make it there, too: npx evergrant init ${name} --app-type custom_connection`,
    );
  }
  if (state === 'interrupted') {
    const why = `a refresh of ${name} was cut off, and nobody knows which token is good`;
    throw new Failure('temporary_failure', 'interrupted', why, `finish it first: npx evergrant refresh ${name}`);
  }
  if (state !== 'connected') {
    const why = `${name} holds no connection to hand over`;
    throw invalid('nothing_to_hand_over', why, `without tokens: npx evergrant export ${name}`);
  }
  if (await stored.hasPending()) {
    const why = `tokens of a consent wait beside ${name}`;
    throw invalid('tokens_aside', why, `decide about them first: npx evergrant exchange ${name} --replace`);
  }
}

function moved(environment: Environment, now: Date): Changes {
  const tokens: Changes = {
    access_token: '',
    refresh_token: '',
    access_token_expires_at: '',
    refresh_token_expires_at: '',
    refresh_started_at: '',
    generation: String(generationOf(environment) + 1),
  };
  return { ...tokens, handed_over_at: now.toISOString() };
}

/** Blank values for those of these rows that have one. */
function blank(environment: Environment, keys: readonly ContractKey[]): Changes {
  const filled = keys.filter((key) => has(environment, key));
  return Object.fromEntries(filled.map((key) => [key, '']));
}
