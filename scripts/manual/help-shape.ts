import { Help, type Command } from 'commander';
import { wrapped } from './wrapped';

/** A description beside its term has at least this many columns; where there are fewer, it stands below. */
const narrowestDescription = 24;

/** How commander lays out the help: verbs with their operands alone, and lines that fit the window. */
export const helpShape = {
  minWidthToWrap: narrowestDescription,
  subcommandTerm: (verb: Command): string => new Help().subcommandTerm(verb).replace(' [options]', ''),
  formatItem: (term: string, termWidth: number, description: string, help: Help): string => {
    const width = help.helpWidth ?? 80;
    const left = width - termWidth - 4;
    if (left >= narrowestDescription) return Help.prototype.formatItem.call(help, term, termWidth, description, help);
    return `  ${term}\n${wrapped(description, width, 6)}`;
  },
};
