import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectFolder } from './project';

/** The folder of the newest build, which `dist/cli.js` leads to: one module for each source. */
export function buildFolder(): string {
  const [, name] =
    /start\(__dirname \+ '\/(\w+)'\)/.exec(readFileSync(path.join(projectFolder(), 'dist/cli.js'), 'utf8')) ?? [];
  if (name === undefined) throw new Error('dist/cli.js leads to no build: npm run build');
  return path.join(projectFolder(), 'dist', name);
}

/** A file's place in a copy of the project; `dist/….js` is a module of the newest build. */
export function inCopy(folder: string, file: string): string {
  return path.join(folder, file.replace(/^dist(?=\/)/, path.relative(projectFolder(), buildFolder())));
}
