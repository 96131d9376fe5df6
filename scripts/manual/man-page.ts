import type { CommandLine, Flag, Verb } from './command-line';
import { exitCodeMeanings, severity } from './exit-codes';
import { topics } from './topics';
import { wrapped } from './wrapped';

/** The version of the program, and the day of the page, `2026-11-22`. */
export interface Edition {
  readonly version: string;
  readonly day: string;
}

/**
 * The man pages of the program and of each verb, by their files' names, in the macros of man(7): `evergrant.1`,
 * `evergrant-refresh.1`.
 */
export function manPages(commandLine: CommandLine, edition: Edition): Readonly<Record<string, string>> {
  const { program, verbs } = commandLine;
  const pages = [
    [`${program}.1`, programPage(commandLine, edition)],
    ...verbs.map((verb) => [`${program}-${verb.name}.1`, verbPage(verb, commandLine, edition)] as const),
  ] as const;
  return Object.fromEntries<string>(pages.map(([file, text]) => [file, withoutNpx(text)]));
}

/** Where there are man pages, the program is installed: npx is not needed. */
function withoutNpx(text: string): string {
  return text.replaceAll(/npx(\s)evergrant\b/g, 'evergrant');
}

function programPage(commandLine: CommandLine, edition: Edition): string {
  const { program, summary, flags, verbs, notes } = commandLine;
  return page(program, summary, edition, [
    section('SYNOPSIS', synopsis(program, `[options] command`)),
    section('COMMANDS', ...verbs.map((verb) => item(namesIn(verb), verb.summary))),
    section('OPTIONS', ...flags.map(flagItem)),
    ...notesSections(notes),
    section('EXIT STATUS', ...exitCodeMeanings.map(([code, meaning, next]) => item(code, sentence(meaning, next)))),
    paragraph(severity),
    section('ENVIRONMENT', paragraph(`See ${program} help environment.`)),
    section('SEE ALSO', seeAlso(verbs.map(({ name }) => `${program}-${name}`))),
  ]);
}

function verbPage(verb: Verb, { program, flags }: CommandLine, edition: Edition): string {
  const [, ...words] = verb.usage.split(' ');
  const everywhere = flags.filter(({ value }) => value !== undefined);
  return page(`${program}-${verb.name}`, verb.summary, edition, [
    section('SYNOPSIS', synopsis(program, words.join(' '))),
    section('OPTIONS', ...[...verb.flags, ...everywhere].map(flagItem)),
    ...notesSections(verb.notes),
    section('EXIT STATUS', paragraph(`See ${program}(1), or ${program} help ${topics[0]}.`)),
    section('SEE ALSO', seeAlso([program])),
  ]);
}

function page(title: string, summary: string, { version, day }: Edition, sections: readonly string[]): string {
  const head = `.TH ${argument(title.toUpperCase())} 1 "${day}" ${argument(`evergrant ${version}`)}`;
  const name = section('NAME', `${escape(title)} \\-`, filled(summary));
  return `${[head, name, ...sections].join('\n')}\n`;
}

function section(title: string, ...parts: readonly string[]): string {
  return [`.SH ${argument(title)}`, ...parts].join('\n').replace(/^(\.SH .*)\n\.PP\n/, '$1\n');
}

function synopsis(program: string, words: string): string {
  return `.B ${argument(program)}\n${escape(words)}`;
}

function item(term: string, text: string): string {
  return `.TP\n.B ${argument(term)}\n${filled(text)}`;
}

function flagItem({ term, summary }: Flag): string {
  return item(term, summary);
}

function namesIn({ name, aliases }: Verb): string {
  return [name, ...aliases].join(', ');
}

function sentence(meaning: string, next: string): string {
  return next === '' ? meaning : `${meaning}; ${next}`;
}

function paragraph(text: string): string {
  return `.PP\n${filled(text)}`;
}

/** The examples of the help, and whatever else it says below the flags. */
function notesSections(notes: string): string[] {
  const blocks = notes.split(/\n{2,}/).map((block) => block.split('\n'));
  const isCommand = (line: string): boolean => /^\s*\$ /.test(line);
  const words = blocks.map((lines) => lines.filter((line) => !isCommand(line) && !/^(Example|First):$/.test(line)));
  const commands = blocks.flat().filter(isCommand);
  const texts = words.filter((lines) => lines.length > 0).map((lines) => paragraph(lines.join(' ')));
  return [
    ...(texts.length === 0 ? [] : [section('NOTES', ...texts)]),
    ...(commands.length === 0 ? [] : [section('EXAMPLES', ...commands.map(commandLine))]),
  ];
}

/** A command as it is typed, unfilled and indented. */
function commandLine(line: string): string {
  return `.PP\n.RS 4\n.nf\n${escape(line.trim())}\n.fi\n.RE`;
}

function seeAlso(pages: readonly string[]): string {
  return pages.map((name, at) => `.BR ${argument(name)} (1)${at < pages.length - 1 ? ',' : ''}`).join('\n');
}

/** A text that fills the lines; in the source, too, lines are short. */
function filled(text: string): string {
  return escape(wrapped(text, longestSourceLine));
}

const longestSourceLine = 72;

/** A text as roff: no escape, no request at the beginning of a line, and dashes that can be copied as they are typed. */
function escape(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/^(?=[.'])/gm, '\\&');
}

/** A text as one argument of a macro. */
function argument(text: string): string {
  return `"${escape(text).replaceAll('"', '\\(dq')}"`;
}
