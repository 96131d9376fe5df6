import { Argument, Option, type Command } from 'commander';
import { storeOf, type Context } from '../../context';
import { isName } from '../../environment/names';
import { Failure, invalid } from '../../errors';
import { addNote, command, type Run } from '../options';

const shells = ['bash', 'zsh', 'fish', 'powershell'] as const;

export function define(program: Command, run: Run): void {
  const verb = command(
    program,
    'completion',
    "print the script by which a shell completes verbs, flags and environments' names",
    'completion bash > /etc/bash_completion.d/evergrant',
  );
  addNote(verb, otherShells);
  verb
    .addArgument(new Argument('[shell]', shells.join(', ')).choices(shells))
    .addOption(new Option('--names', 'print the names, for the script').hideHelp())
    .action((shell: (typeof shells)[number] | undefined, { names = false }: { names?: boolean }) =>
      run((context) => (names ? printNames(context) : printScript(shell, program, context))),
    );
}

const otherShells = `The other shells look for it here:
  $ npx evergrant completion zsh > "\${fpath[1]}/_evergrant"
  $ npx evergrant completion fish > ~/.config/fish/completions/evergrant.fish
  $ npx evergrant completion powershell >> $PROFILE`;

/** Prints the names of the environments, one a line. No names are no failure: a person is in the middle of typing. */
async function printNames(context: Context): Promise<number> {
  try {
    const names = await storeOf(context).names();
    for (const name of names.filter(isName)) context.console.print(name);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
  return 0;
}

async function printScript(
  shell: (typeof shells)[number] | undefined,
  program: Command,
  context: Context,
): Promise<number> {
  if (shell === undefined) {
    throw invalid(
      'which',
      `completion takes a shell: ${shells.join(', ')}`,
      'for instance: npx evergrant completion bash',
    );
  }
  const { completionFor } =
    require('../../manual/completion/scripts') as typeof import('../../manual/completion/scripts');
  const { commandLineOf } = require('../../manual/command-line') as typeof import('../../manual/command-line');
  context.console.print(completionFor[shell](commandLineOf(program)));
  return 0;
}
