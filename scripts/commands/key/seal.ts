import type { Command } from 'commander';
import { storeOf, type Context } from '../../context';
import { invalid } from '../../errors';
import { changePolicy, withSealed } from '../../manage/sealing/policy';
import { resealApps, resealEach } from '../../manage/sealing/reseal';
import type { KeyRing } from '../../sealing/key-ring';
import { addNote, command, duration, type Run } from '../options';
import { printResealed } from './resealed';

export interface SealCommand {
  readonly names: readonly string[];
  readonly isAll: boolean;
  readonly isJson: boolean;
  readonly waitMs: number;
}

interface SealFlags {
  readonly all?: boolean;
  readonly json?: boolean;
  readonly wait: number;
}

export function define(program: Command, run: Run): void {
  const verb = command(
    program,
    'seal [names...]',
    'seal the secrets of environments at rest, and of all that is kept of them; --all: those to come, too',
    'seal --all',
  )
    .option('--all', 'all environments and apps, and everything that is written from now on')
    .option('--json', 'print JSON')
    .addOption(duration('--wait <duration>', 'how long to wait for another process', '30s'))
    .action((names: readonly string[], { all = false, json = false, wait }: SealFlags) =>
      run((context) => seal({ names, isAll: all, isJson: json, waitMs: wait }, context)),
    );
  addNote(
    verb,
    'First: npx evergrant key init --to FILE, and EVERGRANT_KEY_FILE=FILE on every machine. Copies that were made before still hold the secrets as they were: refresh --all --force ends their tokens within 30 minutes; make a new client secret, too.',
  );
}

/** Seals environments, from now on and with all that is there. @throws Failure `invalid`, having changed nothing */
export async function seal({ names, isAll, isJson, waitMs }: SealCommand, context: Context): Promise<number> {
  if (isAll === names.length > 0) throw which();
  const all = await storeOf(context).names();
  const next = (ring: KeyRing): KeyRing =>
    isAll ? { ...ring, isSealing: true, except: [] } : withSealed(ring, names, true);
  await changePolicy(names, next, context);
  const apps = isAll ? await resealApps(waitMs, context) : [];
  const done = [...apps, ...(await resealEach(isAll ? all : names, waitMs, context))];
  const code = printResealed(done, isJson, 'sealed', context);
  context.console.tell(
    'copies from before still hold tokens; this ends them within 30 minutes: npx evergrant refresh --all --force',
  );
  return code;
}

function which(): Error {
  return invalid('which_environments', 'seal takes names, or --all', 'as in npx evergrant seal --all');
}
