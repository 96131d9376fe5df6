import type { Command } from 'commander';
import { environmentNamed, type Context } from '../context';
import { editEnvironment } from '../environment/edit';
import { has, type Environment } from '../environment/environment';
import { grantOf } from '../environment/grant';
import { recordChange } from '../environment/record-change';
import { changesToRestore, chooseGeneration, refuseSpent } from '../environment/restore';
import { readable } from '../environment/store';
import { invalid, quoted } from '../errors';
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
    if ((await readable(locked)) !== undefined) await locked.pickUpRecovery();
    const [now, all] = [context.now(), await locked.candidates(0)];
    const kept = all.filter((one) => has(one, 'access_token') || has(one, 'refresh_token'));
    const chosen = chooseGeneration(kept, wanted, stored.name, now);
    const current = await readable(locked); // its settings stay; only the tokens are put back
    const isMoved = current !== undefined && grantOf(current, now).handedOverAt !== null;
    refuseSpent(chosen, current === undefined || isMoved ? kept : [current, ...kept], stored.name, now);
    const newest = Math.max(...[...all, ...(current ? [current] : [])].map((one) => grantOf(one, now).generation));
    const changes = { ...changesToRestore(chosen, newest), ...(isMoved ? { handed_over_at: '' } : {}) };
    await locked.replace(editEnvironment(current?.text ?? chosen.text, changes, stored.where));
    const restored = await locked.read();
    await recordChange(stored, 'restored', { before: current, after: restored }, context);
    if (isMoved) context.console.say(`${stored.name} was handed over: make sure that nobody else refreshes it`);
    printRestored(context, restored, grantOf(chosen, now).generation, current === undefined);
    return 0;
  } finally {
    await locked.release();
  }
}

function numberOf(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw invalid(
    'bad_generation',
    `${quoted(text)} is no generation`,
    'a generation is a whole number, as status --json shows',
  );
}

function printRestored({ console, now }: Context, environment: Environment, from: number, wasCorrupt: boolean): void {
  const { generation } = grantOf(environment, now());
  const aside = wasCorrupt ? '; what was spoilt was put aside' : '';
  console.print(`${environment.name}: generation ${from} is back, as generation ${generation}${aside}`);
  console.tell(`see whether Xero takes it: npx evergrant refresh ${environment.name} --force`);
}
