import type { Command } from 'commander';
import { command, load, type Run } from '../commands/options';

export function defineLintCommands(program: Command, run: Run): void {
  command(
    program,
    'lint <files...>',
    'say what is wrong with Postman collections: secrets, leaks, unguarded writes',
    'lint collections/*.postman_collection.json',
  )
    .option('--json', 'print JSON')
    .action((files: string[], { json }: { json?: true }) =>
      run((context) => load('lint').lint({ files, isJson: json === true }, context)),
    );
}
