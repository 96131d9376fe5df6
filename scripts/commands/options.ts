import { Option, type Command } from 'commander';
import type { Context } from '../context';
import { invalid } from '../errors';
import { appTypes } from '../environment/settings';
import { wrapped } from '../manual/wrapped';
import { parseDuration } from '../text/duration';

/** Runs a verb in the program's context; what the verb returns becomes the exit code. */
export type Run = (action: (context: Context) => Promise<number>) => Promise<void>;

/** The flags of a verb that needs an access token, in milliseconds. */
export interface AccessFlags {
  readonly minValidity: number;
  readonly patience: number;
  readonly wait: number;
}

/** A command with its help and an example. */
export function command(program: Command, usage: string, description: string, example: string): Command {
  return program
    .command(usage)
    .description(description)
    .addHelpText('after', `\nExample:\n  $ npx evergrant ${example}`);
}

/** Adds a text below the flags of a command's help, in lines that fit the window. */
export function addNote(verb: Command, text: string): Command {
  return verb.addHelpText('after', () => `\n${wrapped(text, verb.configureOutput().getOutHelpWidth?.() ?? 80)}`);
}

/** An option that takes `90s`, `15m`, `2h` or `60d`, in milliseconds for the command. */
export function duration(flags: string, description: string, preset: string): Option {
  return new Option(flags, description).argParser(parseDuration).default(parseDuration(preset), preset);
}

/** An option that takes a whole number from 1 to `most`. */
export function wholeNumber(flags: string, description: string, most = 999): Option {
  const name = flags.split(' ')[0] ?? '';
  return new Option(flags, description).argParser((text: string) => {
    if (/^[1-9]\d{0,8}$/.test(text) && Number(text) <= most) return Number(text);
    throw invalid(
      'bad_number',
      `${name} takes a whole number from 1 to ${most}`,
      `leave ${name} out for what is usual`,
    );
  });
}

/** An option that takes a TCP port, 0 for any that is free. */
export function port(flags: string, description: string, preset: number): Option {
  return new Option(flags, description).default(preset).argParser((text: string) => {
    if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
    const [name = ''] = flags.split(' ');
    throw invalid('bad_port', `${name} takes a number from 0 to 65535`, `leave ${name} out for ${preset}`);
  });
}

/** An option that takes an app type; the verb itself refuses any other word. */
export function appTypeOption(description: string): Option {
  return new Option('--app-type <type>', description).choices(appTypes).argParser((word: string) => word);
}
