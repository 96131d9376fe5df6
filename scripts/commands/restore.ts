import type { Command } from 'commander';
import { settlePending } from '../consent/pending';
import { environmentNamed, type Context } from '../context';
import { editEnvironment } from '../environment/edit';
import { has, valueOf, type Environment } from '../environment/environment';
import { generationOf, grantOf, tokenKeys } from '../environment/grant';
import { plainName } from '../environment/plain-name';
import { recordChange } from '../environment/record-change';
import { chooseGeneration, organisationOf, refuseRevoked, refuseSpent, tokensToRestore } from '../environment/restore';
import { readable, type LockedEnvironment, type StoredEnvironment } from '../environment/store';
import { heldName } from '../environment/tenant';
import { Failure, invalid, quoted } from '../errors';
import { command, duration, type Run } from './options';

export interface RestoreCommand {
  readonly name: string;
  readonly generation?: string | undefined;
  readonly waitMs: number;
}

export function define(program: Command, run: Run): void {
  command(
    program,
    'restore <name> [generation]',
    'put a kept generation of the tokens back; the newest without a number',
    'restore acme 41',
  )
    .addOption(duration('--wait <duration>', 'how long to wait for another process', '30s'))
    .action((name: string, generation: string | undefined, { wait }: { wait: number }) =>
      run((context) => restore({ name, generation, waitMs: wait }, context)),
    );
}

/** Puts an earlier generation of an environment's tokens back. @throws Failure `invalid` when none of them can be used */
export async function restore({ name, generation, waitMs }: RestoreCommand, context: Context): Promise<number> {
  const wanted = generation === undefined ? undefined : numberOf(generation);
  const stored = environmentNamed(context, name);
  const locked = await stored.lock(waitMs);
  try {
    const wasThere = await stored.exists();
    if ((await readable(locked)) !== undefined) await locked.pickUpRecovery();
    const [now, all] = [context.now(), await locked.candidates(0)];
    const kept = all.filter((one) => has(one, 'access_token') || has(one, 'refresh_token'));
    const chosen = chooseGeneration(kept, wanted, stored.name, now);
    const current = await readable(locked); // its settings stay; only the tokens are put back
    const isMoved = current !== undefined && grantOf(current, now).handedOverAt !== null;
    refuseSpent(chosen, current === undefined || isMoved ? kept : [current, ...kept], stored.name, now);
    const known = [...(current ? [current] : []), ...all];
    refuseRevoked(chosen, known, await stored.attempts(), now);
    const restoring = { stored, locked, chosen, current, known, context };
    await (mustBeAsked(restoring) ? restoreAsked(restoring) : restoreKnown(restoring));
    const restored = await locked.read();
    if (isMoved) context.console.say(`${stored.name} was handed over: make sure that nobody else refreshes it`);
    sayMoved(current, restored, context);
    printRestored(context, restored, grantOf(chosen, now).generation, wasThere && current === undefined);
    return 0;
  } finally {
    await locked.release();
  }
}

/** A kept token set that comes back. */
interface Restoring {
  readonly stored: StoredEnvironment;
  readonly locked: LockedEnvironment;
  readonly chosen: Environment;
  /** Undefined where it can't be read. */
  readonly current: Environment | undefined;
  /** What is there and all that is kept, newest first. */
  readonly known: readonly Environment[];
  readonly context: Context;
}

/** Whether nothing here says of which organisation the tokens are, where there is one that they could be mistaken for. */
function mustBeAsked({ chosen, known }: Restoring): boolean {
  const isKnown = (organisationOf(chosen, known).tenant_id ?? '') !== '';
  if (isKnown || valueOf(chosen, 'app_type') === 'custom_connection') return false;
  return known.some((one) => has(one, 'tenant_id') || has(one, 'expected_tenant'));
}

function newestOf(known: readonly Environment[]): number {
  return Math.max(...known.map(generationOf));
}

async function restoreKnown({ stored, locked, chosen, current, known, context }: Restoring): Promise<void> {
  const moved = current !== undefined && has(current, 'handed_over_at') ? { handed_over_at: '' } : {};
  const changes = { ...tokensToRestore(chosen, newestOf(known)), ...organisationOf(chosen, known), ...moved };
  await locked.replace(editEnvironment(current?.text ?? chosen.text, changes, stored.where));
  await recordChange(stored, 'restored', { before: current, after: await locked.read() }, context);
}

/** Puts the tokens beside the environment, and makes them its own once Xero has said of which organisation they are. */
async function restoreAsked({ stored, locked, chosen, current, known, context }: Restoring): Promise<void> {
  const newest = newestOf(known);
  if (current === undefined) {
    const blank = Object.fromEntries(tokenKeys.map((key) => [key, '']));
    await locked.replace(editEnvironment(chosen.text, { ...blank, generation: String(newest) }, stored.where));
  }
  if ((await locked.aside.pending()) !== undefined) await locked.aside.refuse();
  await locked.prepareSave({});
  locked.aside.keep({ ...tokensToRestore(chosen, newest), consent_state: valueOf(chosen, 'consent_state') });
  await locked.settle();
  const expected = plainName(valueOf(await locked.read(), 'expected_tenant'));
  const terms = { expected, mayReplace: true, outcome: 'restored' } as const;
  if ((await settlePending(stored, locked, terms, context)) === undefined) throw unknownYet(stored.name, chosen);
}

function unknownYet(name: string, chosen: Environment): Failure {
  return new Failure(
    'temporary_failure',
    'api_unavailable',
    `Xero does not say which organisation generation ${generationOf(chosen)} of ${name} is for: it waits beside ${name}`,
    `take it over in a minute: npx evergrant exchange ${name} --replace`,
  );
}

function numberOf(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw invalid(
    'bad_generation',
    `${quoted(text)} is no generation`,
    'a generation is a whole number, as status --json shows',
  );
}

function sayMoved(before: Environment | undefined, after: Environment, { console }: Context): void {
  if (before === undefined) return;
  const [from, to] = [valueOf(before, 'tenant_id'), valueOf(after, 'tenant_id')];
  if (from === '' || from === to) return;
  const was = `${after.name} was connected to ${heldName(before) || from}`;
  console.say(`${console.style.yellow('ATTENTION')}: ${was}, and is connected to ${heldName(after) || to} now`);
}

function printRestored({ console, now }: Context, environment: Environment, from: number, wasCorrupt: boolean): void {
  const { generation } = grantOf(environment, now());
  const aside = wasCorrupt ? '; what was spoilt was put aside' : '';
  console.print(`${environment.name}: generation ${from} is back, as generation ${generation}${aside}`);
  console.tell(`see whether Xero takes it: npx evergrant refresh ${environment.name} --force`);
}
