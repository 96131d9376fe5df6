import type { Command } from 'commander';
import { storeOf, type Context } from '../../context';
import { ringOf } from '../../manage/sealing/ring-changes';
import { resealApps, resealEach } from '../../manage/sealing/reseal';
import { command, duration, type Run } from '../options';
import { printResealed } from './resealed';

export interface ResealCommand {
  readonly isJson: boolean;
  readonly waitMs: number;
}

export function define(group: Command, run: Run): void {
  command(
    group,
    'reseal',
    'seal all secrets with the newest data keys, or open them where unseal was said',
    'key reseal',
  )
    .option('--json', 'print JSON')
    .addOption(duration('--wait <duration>', 'how long to wait for another process', '30s'))
    .action(({ json = false, wait }: { json?: boolean; wait: number }) =>
      run((context) => reseal({ isJson: json, waitMs: wait }, context)),
    );
}

/** Reseals every environment and app. What is cut off is finished by the same command. @throws Failure `invalid` */
export async function reseal({ isJson, waitMs }: ResealCommand, context: Context): Promise<number> {
  await ringOf(context);
  const apps = await resealApps(waitMs, context);
  const done = [...apps, ...(await resealEach(await storeOf(context).names(), waitMs, context))];
  return printResealed(done, isJson, 'sealed with the newest data keys', context);
}
