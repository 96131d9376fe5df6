import { Option, type Command } from 'commander';
import type { Context } from '../context';
import { invalid } from '../errors';
import { parseDuration } from '../text/duration';

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
  init: typeof import('./init');
  consent: typeof import('./consent');
  exchange: typeof import('./exchange');
  listen: typeof import('./listen');
  refresh: typeof import('./refresh');
  status: typeof import('./status');
  log: typeof import('./log');
  token: typeof import('./token');
  exec: typeof import('./exec');
  connections: typeof import('./connections');
  revoke: typeof import('./revoke');
  adopt: typeof import('./adopt');
  doctor: typeof import('./doctor');
  restore: typeof import('./restore');
  lint: typeof import('./lint');
  schedule: typeof import('./schedule');
  sandbox: typeof import('./sandbox');
  demo: typeof import('./demo');
  qa: typeof import('./qa');
  '../qa/replay-run': typeof import('../qa/replay-run');
  '../qa/compare-run': typeof import('../qa/compare-run');
}

/** A command's module, loaded only when the command runs. */
export function load<Name extends keyof CommandModules>(name: Name): CommandModules[Name] {
  return require(`./${name}`) as CommandModules[Name];
}
