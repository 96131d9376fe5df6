import type { Command } from 'commander';
import { command, duration, load, type Run } from '../commands/options';

export function defineRepairCommands(program: Command, run: Run): void {
  command(program, 'doctor [names...]', 'say what is wrong, and the command that mends it', 'doctor')
    .option('--json', 'print JSON')
    .action((names: string[], { json }: { json?: true }) =>
      run((context) => load('doctor').doctor({ names, isJson: json === true }, context)),
    );
  command(
    program,
    'adopt <name> <file>',
    'take over a connection from Postman, an SDK or another program; - is standard input',
    'adopt acme acme-export.json',
  )
    .alias('import')
    .option('--app-type <type>', 'for a file that does not say, such as a refresh token alone')
    .option('--from <name>', 'which one, where a file holds several, such as a data dump of Postman')
    .addOption(duration('--wait <duration>', 'how long to wait for another process', '30s'))
    .action((name: string, file: string, o: { appType?: string; from?: string; wait: number }) => {
      const given = {
        ...(o.appType === undefined ? {} : { appType: o.appType }),
        ...(o.from === undefined ? {} : { from: o.from }),
      };
      return run((context) => load('adopt').adopt({ name, file, ...given, waitMs: o.wait }, context));
    });
  command(
    program,
    'restore <name> [generation]',
    'put a kept generation of the tokens back; the newest without a number',
    'restore acme 41',
  )
    .addOption(duration('--wait <duration>', 'how long to wait for another process', '30s'))
    .action((name: string, generation: string | undefined, { wait }: { wait: number }) => {
      const given = generation === undefined ? {} : { generation };
      return run((context) => load('restore').restore({ name, ...given, waitMs: wait }, context));
    });
  command(
    program,
    'connections <name>',
    "list every organisation that this environment's user has connected",
    'connections acme',
  )
    .option('--json', 'print JSON')
    .action((name: string, { json }: { json?: true }) =>
      run((context) => load('connections').connections({ name, isJson: json === true }, context)),
    );
  command(program, 'revoke <name>', 'disconnect at Xero, then mark the environment', 'revoke acme')
    .option('--connection <id>', 'remove this connection only')
    .action((name: string, { connection }: { connection?: string }) =>
      run((context) =>
        load('revoke').revoke({ name, ...(connection === undefined ? {} : { connectionId: connection }) }, context),
      ),
    );
}
