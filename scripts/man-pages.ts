import fs from 'node:fs';
import path from 'node:path';
import { commandLineOf } from './manual/command-line';
import { manPages } from './manual/man-page';
import { defineCommands, newProgram } from './program';

/** Writes the man pages into a folder: `node man-pages.js DIR VERSION DAY`. The build runs it; no command does. */
function main([folder = '', version = '', day = '']: readonly string[]): void {
  const program = newProgram(version);
  const noContext = (): never => {
    throw new Error('a man page runs no command');
  };
  defineCommands(program, [], noContext, () => undefined);
  fs.mkdirSync(folder, { recursive: true });
  for (const [file, text] of Object.entries(manPages(commandLineOf(program), { version, day }))) {
    fs.writeFileSync(path.join(folder, file), text);
  }
}

main(process.argv.slice(2));
