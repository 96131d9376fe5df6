import { Option, type Command } from 'commander';
import type { Context } from '../context';
import { parseDuration } from '../core/duration';
import { invalid } from '../errors';

/** Runs a command's story with the world in hand, and takes its exit code. */
export type Run = (action: (context: Context) => Promise<number>) => Promise<void>;

/** A command with its help and an example. */
export function command(program: Command, usage: string, description: string, example: string): Command {
  return program
    .command(usage)
    .description(description)
    .addHelpText('after', `\nExample:\n  $ npx evergrant ${example}`);
}

/** An option that takes `90s`, `15m`, `2h` or `60d`, in milliseconds for the command. */
export function duration(flags: string, description: string, preset: string): Option {
  return new Option(flags, description).argParser(parseDuration).default(parseDuration(preset), preset);
}

/** An option that takes a whole number from 1 to 999. */
export function wholeNumber(flags: string, description: string): Option {
  const name = flags.split(' ')[0] ?? '';
  return new Option(flags, description).argParser((text: string) => {
    if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
    throw invalid('bad_number', `${name} takes a whole number from 1 to 999`, `leave ${name} out for what is usual`);
  });
}

/** An option that takes a TCP port, 0 for any that is free. */
export function port(flags: string, description: string, preset: number): Option {
  return new Option(flags, description).default(preset).argParser((text: string) => {
    if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
    throw invalid('bad_port', '--port takes a number from 0 to 65535', `leave --port out for ${preset}`);
  });
}

interface CommandModules {
  init: typeof import('../commands/init');
  consent: typeof import('../commands/consent');
  exchange: typeof import('../commands/exchange');
  listen: typeof import('../commands/listen');
  refresh: typeof import('../commands/refresh');
  status: typeof import('../commands/status');
  log: typeof import('../commands/log');
  token: typeof import('../commands/token');
  exec: typeof import('../commands/exec');
  connections: typeof import('../commands/connections');
  revoke: typeof import('../commands/revoke');
  adopt: typeof import('../commands/adopt');
  doctor: typeof import('../commands/doctor');
  restore: typeof import('../commands/restore');
  lint: typeof import('../commands/lint');
  schedule: typeof import('../commands/schedule');
  sandbox: typeof import('../commands/sandbox');
  demo: typeof import('../commands/demo');
  qa: typeof import('../commands/qa');
  'qa-replay': typeof import('../commands/qa-replay');
  'qa-compare': typeof import('../commands/qa-compare');
}

/** A command's module, loaded only when the command runs. */
export function load<Name extends keyof CommandModules>(name: Name): CommandModules[Name] {
  return require(`../commands/${name}`) as CommandModules[Name];
}
