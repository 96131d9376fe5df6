import type { CommandLine, Flag, Value, Verb } from '../command-line';
import { topics } from '../topics';

/** The names that a verb answers to: `adopt` and `import` are one. */
export function namesOf({ name, aliases }: Verb): readonly string[] {
  return [name, ...aliases];
}

export function verbNames({ verbs }: CommandLine): string[] {
  return verbs.flatMap(namesOf);
}

/** Both forms of a flag: `-h` and `--help`. */
export function formsOf({ short, long }: Flag): string[] {
  return short === undefined ? [long] : [short, long];
}

/** Whether a flag's value is the next word, as in `--wait 30s`. One that may be left out can stand behind `=` only. */
export function takesNext({ value, isValueOptional }: Flag): boolean {
  return value !== undefined && !isValueOptional;
}

/** The words that a value can be: undefined where only the shell, or the program, knows. */
export function choicesOf(value: Value, commandLine: CommandLine): readonly string[] | undefined {
  if (value.kind === 'choice') return value.choices;
  return value.kind === 'verb' ? [...topics, ...verbNames(commandLine)] : undefined;
}
