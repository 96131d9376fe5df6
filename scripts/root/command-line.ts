import type { Command } from 'commander';
import { typed } from '../errors';
import { shellQuoted } from '../text/shell';

/** The parts of a command line that root needs. */
export interface CommandLine {
  readonly args: readonly string[];
  readonly command: Command;
  readonly folder: string;
  /** The words that start this program again, as a user of that name or as the one who started it. */
  readonly invocation: (owner?: string) => string;
}

/** The command with the environment that it begins with, for hints. */
export function formatCommand({ command }: CommandLine): string {
  const [first] = command.args;
  const isPart = ofFolder.includes(command.parent?.name() ?? '');
  const verb = isPart ? `${command.parent?.name() ?? ''} ${command.name()}` : command.name();
  return first === undefined || typed(first) !== first ? verb : `${verb} ${shellQuoted(first)}`;
}

/** Commands that look at every environment, although they name none. */
const ofAll: readonly string[] = ['list', 'find'];

/** Whether a command takes any number of environments, so that it can be run once for each owner. */
export function takesSeveral(command: Command): boolean {
  return command.registeredArguments[0]?.variadic === true || looksAtAll(command);
}

/** Whether a command looks at every environment, although it names none. */
function looksAtAll(command: Command): boolean {
  return ofAll.includes(command.name()) && !isOfFolder(command);
}

/** Verbs that work for the folder as a whole, and whose operands are no environments. */
const ofFolder: readonly string[] = ['serve', 'client'];

/** Whether a command works for the folder as a whole, so that only one owner of it can run it. */
function isOfFolder(command: Command): boolean {
  return ofFolder.includes(command.name()) || ofFolder.includes(command.parent?.name() ?? '');
}

/** Commands that touch no environment: root runs them itself. */
const ofNone: readonly string[] = ['schedule', 'store', 'lint', 'sandbox', 'completion', 'help'];

/** Whether a command touches no environment. */
export function isOfNone(command: Command): boolean {
  return ofNone.includes(command.name());
}

/** The environments that a command names; empty for the whole folder, undefined when it uses no environment. */
export function namesIn(command: Command): readonly string[] | undefined {
  const { live } = command.opts<{ live?: string }>();
  if (command.name() === 'qa') return live === undefined ? undefined : [live];
  if (looksAtAll(command) || isOfFolder(command)) return [];
  if (command.name() === 'set') return command.args.filter((word) => !word.includes('='));
  if (takesSeveral(command)) return command.args;
  const [first] = command.args;
  return first === undefined || /^\s*(?:["'<]\s*)?https?:/i.test(first) ? [] : [first];
}
