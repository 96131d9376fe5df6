import path from 'node:path';
import { shellQuoted } from '../text/shell';

/** An environment that its name alone would not find where the next command looks. */
export interface Elsewhere {
  readonly name: string;
  /** Its file, absolute. */
  readonly file: string;
  /** The folder in which its name finds it; undefined where only its path does. */
  readonly folder: string | undefined;
}

/** A text whose commands name this environment so that they find it, and not its namesake in another folder. */
export function pointedTo(
  text: string,
  { name, file, folder }: Elsewhere,
  escape: (words: string) => string = (words) => words,
): string {
  return text.replaceAll(commands, (command, rest: string) => {
    if (rest.startsWith(' --environments ')) return command;
    const home = rest.startsWith(' init ') ? path.dirname(file) : folder; // a new one gets a name, and no path
    if (home !== undefined) return `${program} --environments ${escape(shellQuoted(home))}${rest}`;
    const words = rest.split(' ').map((word) => (word === name ? escape(shellQuoted(file)) : word));
    return `${program}${words.join(' ')}`;
  });
}

const program = 'npx evergrant';

/** A command of this program as its texts have it, up to where the sentence goes on. */
const commands = /npx evergrant((?: [\w'-][^\s;,)|"]*)*)/g;

/** These words without the folder of the environments, for a command that names another. */
export function withoutFolder(invocation: string): string {
  return invocation.replace(/ --environments (?:'[^']*'|"[^"]*"|[^\s'"])+/, '');
}
