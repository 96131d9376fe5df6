import type { Command } from 'commander';
import { command, load, type Run } from '../commands/options';

interface ScheduleFlags {
  readonly every?: string;
  readonly keepAlive?: true;
  readonly user?: string;
  readonly image?: string;
  readonly write?: string;
}

export function defineScheduleCommands(program: Command, run: Run): void {
  command(
    program,
    'schedule <scheduler>',
    'print the unit that refreshes all unattended: cron, systemd, kubernetes or windows',
    'schedule systemd --every 10m --write units',
  )
    .option('--every <duration>', 'how often: 5m, 10m, 20m, 1h, 1d (default: 10m, with --keep-alive 1d)')
    .option('--keep-alive', 'only keep the connections from dying; tokens are refreshed when asked for')
    .option('--user <name>', 'whose job it is (default: evergrant)')
    .option('--image <name>', 'the image that kubernetes runs (default: evergrant and this version)')
    .option('--write <dir>', 'write files there, never over others, instead of printing')
    .action((kind: string, flags: ScheduleFlags) => {
      const { every, user, image, write } = flags;
      const given = {
        ...(every === undefined ? {} : { every }),
        ...(user === undefined ? {} : { user }),
        ...(image === undefined ? {} : { image }),
        ...(write === undefined ? {} : { writeFolder: write }),
      };
      const options = { kind, isKeepAlive: flags.keepAlive === true, version: program.version() ?? '', ...given };
      return run((context) => load('schedule').schedule(options, context));
    });
}
