import path from 'node:path';
import { Command } from 'commander';
import { split } from 'shlex';
import type * as ProgramModule from '../../scripts/program';
import { built } from '../proofs/support/built';
import { projectFolder } from './project';

/** How texts end a command that they name, where it is not at their own end: in words, or in JSON. */
const ends = /; |, | \(|\)| \|| >| && |\n|"(?=,?\n)/;

/** How the program that the tests start is started again. */
const started = (): string => `node ${path.join(projectFolder(), 'dist/cli.js')}`;

/**
 * What the program said, with its commands in the words that its sources use.
 * @throws Error unless each of these commands is one that it takes
 */
export function canonical(said: string): string {
  commandsIn(said, started()).forEach(take);
  return said.replaceAll(started(), 'npx evergrant');
}

/** The commands in a text that begin by these words, without these. */
export function commandsIn(text: string, words: string): string[] {
  const rests = text.split(words).slice(1);
  return rests.filter((rest) => /^ [\w-]/.test(rest)).map((rest) => whole((rest.split(ends)[0] ?? '').trim()));
}

/** With the quote that ended a line, where that was the command's own and not JSON's. */
function whole(command: string): string {
  return command.split('"').length % 2 === 0 ? `${command}"` : command;
}

/** Reads a command as a shell and the program do, and runs nothing. @throws Error unless it is one */
export function take(command: string): void {
  const program = new Command('evergrant').option('--environments <dir>').option('--store <url>').exitOverride();
  program.configureOutput({ writeErr: () => undefined });
  const { separated, verbs } = built<typeof ProgramModule>('program');
  for (const load of new Set(Object.values(verbs))) load().define(program, async () => undefined);
  try {
    program.parse(separated(program, split(command)), { from: 'user' });
  } catch (error) {
    throw new Error(`a text names a command that does not run: ${command}`, { cause: error });
  }
}
