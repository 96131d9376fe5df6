import type { Command } from 'commander';
import { command, load, type Run } from '../commands/options';

export function defineLogCommand(program: Command, run: Run): void {
  command(program, 'log <name>', "tell an environment's story: when it was refreshed, and what went wrong", 'log acme')
    .option('--json', 'print JSON')
    .action((name: string, { json }: { json?: true }) =>
      run((context) => load('log').log({ name, isJson: json === true }, context)),
    );
}
