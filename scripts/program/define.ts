import type { Command } from 'commander';
import type { Context } from '../context';
import { defineConsentCommands } from './consent';
import { defineLintCommands } from './lint';
import { defineRefreshCommands } from './refresh';
import { defineRepairCommands } from './repair';
import { defineSandboxCommands } from './sandbox';
import { defineScheduleCommands } from './schedule';

/** Defines every command: its words, options and example. Its module is loaded when the command runs. */
export function defineCommands(program: Command, contextOf: () => Context, exitWith: (code: number) => void): void {
  program.addHelpText('after', `\nFirst:\n  $ npx evergrant init acme && npx evergrant consent acme`);
  for (const define of definitions) {
    define(program, async (action) => exitWith(await action(contextOf())));
  }
}

const definitions = [
  defineConsentCommands,
  defineRefreshCommands,
  defineRepairCommands,
  defineScheduleCommands,
  defineLintCommands,
  defineSandboxCommands,
] as const;
