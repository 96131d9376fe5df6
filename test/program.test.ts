import { Command } from 'commander';
import { expect, test } from 'vitest';
import type { Context } from '../scripts/context';
import type * as DefineModule from '../scripts/program';
import { built } from './proofs/support/built';

const { defineCommands, groups } = built<typeof DefineModule>('program');

const run = async (): Promise<void> => {};

test('a group defines the commands that it is named by, and all of them', () => {
  for (const { names, define } of groups) {
    const program = new Command();
    define()(program, run);
    expect(program.commands.map((command) => command.name())).toEqual(names);
  }
});

test.each<[string, string[], number]>([
  ['a command', ['refresh', 'acme'], 5],
  ['a command after an option', ['--environments', 'customers', 'status'], 5],
  ['help', ['--help'], 19],
  ['help for a command', ['help', 'refresh'], 19],
  ['a word that is none', ['refersh'], 19],
  ['nothing', [], 19],
])('%s is looked for among what it may be', (_, args, count) => {
  const program = new Command();
  const never = (): Context => {
    throw new Error('no command was run');
  };
  defineCommands(program, args, never, () => undefined);
  expect(program.commands).toHaveLength(count);
});
