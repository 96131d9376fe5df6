import type { Command } from 'commander';
import type { Run } from './commands/options';
import type { Context } from './context';

/** Commands that are defined together, in a module that is loaded when one of them is asked for. */
interface Group {
  readonly names: readonly string[];
  readonly define: () => (program: Command, run: Run) => void;
}

/** Every command: its words, options and example. */
export const groups: readonly Group[] = [
  {
    names: ['init', 'consent', 'exchange', 'listen'],
    define: () => (require('./program/consent') as typeof import('./program/consent')).defineConsentCommands,
  },
  {
    names: ['refresh', 'status', 'log', 'token', 'exec'],
    define: () => (require('./program/refresh') as typeof import('./program/refresh')).defineRefreshCommands,
  },
  {
    names: ['doctor', 'adopt', 'restore', 'connections', 'revoke'],
    define: () => (require('./program/repair') as typeof import('./program/repair')).defineRepairCommands,
  },
  {
    names: ['schedule'],
    define: () => (require('./program/schedule') as typeof import('./program/schedule')).defineScheduleCommands,
  },
  { names: ['lint'], define: () => (require('./program/lint') as typeof import('./program/lint')).defineLintCommands },
  {
    names: ['sandbox', 'demo', 'qa'],
    define: () => (require('./program/sandbox') as typeof import('./program/sandbox')).defineSandboxCommands,
  },
];

/** Defines the commands that the arguments may mean; all of them for help, and for a word that means none. */
export function defineCommands(
  program: Command,
  args: readonly string[],
  contextOf: () => Context,
  exitWith: (code: number) => void,
): void {
  program.addHelpText('after', `\nFirst:\n  $ npx evergrant init acme && npx evergrant consent acme`);
  const meant = groups.filter(({ names }) => names.some((name) => args.includes(name)));
  for (const { define } of meant.length === 0 || args.includes('help') ? groups : meant) {
    define()(program, async (action) => exitWith(await action(contextOf())));
  }
}
