import type { Command } from 'commander';
import type { Context } from '../../context';
import { changePolicy, withSealed } from '../../manage/sealing/policy';
import { resealEach } from '../../manage/sealing/reseal';
import { command, duration, type Run } from '../options';
import { printResealed } from './resealed';

export interface UnsealCommand {
  readonly names: readonly string[];
  readonly isJson: boolean;
  readonly waitMs: number;
}

interface UnsealFlags {
  readonly json?: boolean;
  readonly wait: number;
}

export function define(program: Command, run: Run): void {
  command(
    program,
    'unseal <names...>',
    'open the secrets of environments, which stay unsealed from now on',
    'unseal acme',
  )
    .option('--json', 'print JSON')
    .addOption(duration('--wait <duration>', 'how long to wait for another process', '30s'))
    .action((names: readonly string[], { json = false, wait }: UnsealFlags) =>
      run((context) => unseal({ names, isJson: json, waitMs: wait }, context)),
    );
}

/** Opens environments, from now on and with all that is there. @throws Failure `invalid`, having changed nothing */
export async function unseal({ names, isJson, waitMs }: UnsealCommand, context: Context): Promise<number> {
  await changePolicy(names, (ring) => withSealed(ring, names, false), context);
  return printResealed(await resealEach(names, waitMs, context), isJson, 'unsealed', context);
}
