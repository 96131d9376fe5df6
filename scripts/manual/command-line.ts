import type { Argument, Command, Help, Option } from 'commander';

/** The whole command line, as commander has it: what completions and man pages are made from. */
export interface CommandLine {
  readonly program: string;
  readonly summary: string;
  /** The flags that stand before or behind every verb. */
  readonly flags: readonly Flag[];
  readonly verbs: readonly Verb[];
  /** What the help says after the flags. */
  readonly notes: string;
}

export interface Verb {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly summary: string;
  /** `evergrant token [options] <name>` */
  readonly usage: string;
  readonly operands: readonly Operand[];
  readonly flags: readonly Flag[];
  readonly notes: string;
}

export interface Operand {
  readonly value: Value;
  /** It stands for all words that follow. */
  readonly isLast: boolean;
}

export interface Flag {
  /** `-h, --help`, `--report <dir>` */
  readonly term: string;
  readonly short: string | undefined;
  readonly long: string;
  readonly summary: string;
  /** Undefined for a flag without a value. */
  readonly value: Value | undefined;
  /** Whether it may stand without its value. */
  readonly isValueOptional: boolean;
}

/** What a word is: the name of an environment, a path, one of a few words, a command line, or anything else. */
export type Value =
  | { readonly kind: 'environment' | 'file' | 'folder' | 'verb' | 'command' | 'text' }
  | { readonly kind: 'choice'; readonly choices: readonly string[] };

/** What a placeholder means, as `<dir>` in `--report <dir>`. All others are texts. */
const placeholders: Readonly<Record<string, Exclude<Value['kind'], 'choice'>>> = {
  name: 'environment',
  names: 'environment',
  environment: 'environment',
  file: 'file',
  files: 'file',
  recording: 'file',
  recordings: 'file',
  dir: 'folder',
  topic: 'verb',
  command: 'command',
};

/** Describes a program whose verbs are all defined. */
export function commandLineOf(program: Command): CommandLine {
  const help = program.createHelp();
  const verbs = help.visibleCommands(program);
  return {
    program: program.name(),
    summary: program.description(),
    flags: flagsOf(program, help),
    verbs: verbs.map((verb) => verbOf(verb, help)),
    notes: notesOf(program),
  };
}

function verbOf(verb: Command, help: Help): Verb {
  const parts = help.visibleCommands(verb).filter((part) => part.name() !== 'help');
  return {
    name: verb.name(),
    aliases: verb.aliases(),
    summary: verb.description(),
    usage: help.commandUsage(verb).replace('|', ' or '),
    operands: [...partsOperands(parts), ...verb.registeredArguments.map((argument) => operandOf(argument, verb))],
    flags: onceEach([...parts, verb].flatMap((part) => flagsOf(part, help))),
    notes: [...parts.map((part) => partNote(part, help)), ...[...parts, verb].map(notesOf)].join('\n\n').trim(),
  };
}

/**
 * A verb of several parts (`client add`) is described as a whole: its first operand is the part's name, and those that
 * follow are files where some part takes files.
 */
function partsOperands(parts: readonly Command[]): readonly Operand[] {
  if (parts.length === 0) return [];
  const operands = parts.flatMap(({ registeredArguments }) => registeredArguments);
  const hasOperand = operands.length > 0;
  const kinds = operands.map((argument) => valueOf(argument.name(), argument.argChoices).kind);
  const kind = kinds.some((one) => one === 'file' || one === 'folder') ? 'file' : 'text';
  const choices = parts.map((part) => part.name());
  const first: Operand = { value: { kind: 'choice', choices }, isLast: false };
  return hasOperand ? [first, { value: { kind }, isLast: true }] : [first];
}

function partNote(part: Command, help: Help): string {
  return `${help.commandUsage(part)}: ${part.description()}.`;
}

/** Flags that several parts have in common are told once. */
function onceEach(flags: readonly Flag[]): readonly Flag[] {
  return flags.filter(({ long }, at) => flags.findIndex((flag) => flag.long === long) === at);
}

function operandOf(argument: Argument, verb: Command): Operand {
  const isNew = verb.name() === 'init'; // makes an environment, and is refused the name of one
  return { value: isNew ? { kind: 'text' } : valueOf(argument.name(), argument.argChoices), isLast: argument.variadic };
}

function flagsOf(command: Command, help: Help): Flag[] {
  return help.visibleOptions(command).map((option) => ({
    term: help.optionTerm(option),
    short: option.short,
    long: option.long ?? '',
    summary: help.optionDescription(option),
    value: option.required || option.optional ? optionValueOf(option) : undefined,
    isValueOptional: option.optional,
  }));
}

function optionValueOf({ flags, argChoices, long }: Option): Value {
  const [, placeholder = ''] = /[<[]([\w-]+)/.exec(flags) ?? [];
  const isOthers = placeholder === 'name'; // `schedule --user <name>` is of the machine
  if (isOthers || (placeholder === 'command' && long !== undefined)) return { kind: 'text' };
  return valueOf(placeholder, argChoices);
}

function valueOf(placeholder: string, choices: readonly string[] | undefined): Value {
  return choices === undefined ? { kind: placeholders[placeholder] ?? 'text' } : { kind: 'choice', choices };
}

/** What the help says below the flags: examples, and whatever else a verb adds. */
function notesOf(command: Command): string {
  const before = command.configureOutput();
  let text = '';
  command.configureOutput({ ...before, writeOut: (part) => (text += part), getOutHelpWidth: () => unlimited });
  command.outputHelp();
  const notes = text.slice(command.helpInformation().length).trim();
  command.configureOutput(before);
  return notes;
}

const unlimited = 100_000;
