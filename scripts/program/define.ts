import type { Command } from 'commander';
import type { Context } from '../context';
import { defineConsentCommands } from './consent';
import { defineRefreshCommands } from './refresh';
import { defineRepairCommands } from './repair';
import { defineSandboxCommands } from './sandbox';

/** Defines every command: its words, options and example. Its module is loaded when the command runs. */
export function defineCommands(program: Command, contextOf: () => Context, exitWith: (code: number) => void): void {
  program.addHelpText('after', `\nFirst:\n  $ npx evergrant init acme && npx evergrant consent acme`);
  for (const define of [defineConsentCommands, defineRefreshCommands, defineRepairCommands, defineSandboxCommands]) {
    define(program, async (action) => exitWith(await action(contextOf())));
  }
}
