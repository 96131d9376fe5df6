import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import type { Code, Declaration, Module } from './module';

/** Reads a module by its path without an ending. */
export type ReadModule = (pathname: string) => Module;

/** The script of a request as Postman gets it, line by line: what it takes from other modules, then what it does. */
export async function composeScript(script: Module, read: ReadModule): Promise<string[]> {
  return formatScript(`${composeShared([script], read)}\n\n${script.whole.text}`);
}

/**
 * What scripts take from other modules, and what that takes from others: values first, each before what is made of it, then
 * functions in alphabetical order. Nothing else of those modules comes along.
 * @throws Error for two things of one name, and for what comes from a package, which no script has
 */
export function composeShared(scripts: readonly Module[], read: ReadModule): string {
  const homes = new Map(scripts.flatMap((script) => namesOf(script).map((name) => [name, script])));
  const taken = new Set<Declaration>();
  const ordered: Declaration[] = [];
  const follow = ({ names }: Code, module: Module): void => {
    for (const name of names) {
      const stored = environmentNamed(name, module, read);
      if (stored === undefined || scripts.includes(stored)) continue;
      const other = homes.get(name) ?? stored;
      if (other !== stored) throw new Error(`${other.file} and ${stored.file} both declare ${name}: rename one`);
      homes.set(name, stored);
      const declaration = stored.declarations.find(({ declared }) => declared.includes(name));
      if (declaration === undefined) throw new Error(`${module.file} imports ${name}, which ${stored.file} has not`);
      if (taken.has(declaration)) continue;
      taken.add(declaration);
      follow(declaration, stored);
      ordered.push(declaration);
    }
  };
  for (const script of scripts) follow(script.whole, script);
  const functions = ordered.filter(({ kind }) => kind === 'function');
  const values = ordered.filter(({ kind }) => kind === 'value');
  return [...values, ...functions.toSorted(byName)].map(({ text }) => text).join('\n\n');
}

/** Where a name is declared: undefined for what is no module's, as a variable in a function, or `pm`. */
function environmentNamed(name: string, module: Module, read: ReadModule): Module | undefined {
  const from = module.imports.get(name);
  if (from === undefined) return namesOf(module).includes(name) ? module : undefined;
  if (!from.startsWith('.')) throw new Error(`${module.file} takes ${name} from ${from}, which no script has`);
  return read(path.join(path.dirname(module.file), from));
}

function namesOf({ declarations }: Module): string[] {
  return declarations.flatMap(({ declared }) => declared);
}

function byName({ declared: [a = ''] }: Declaration, { declared: [b = ''] }: Declaration): number {
  return a < b ? -1 : 1;
}

/** A script as this project writes its sources, whatever it was put together from. */
export async function formatScript(text: string): Promise<string[]> {
  const options = await resolveConfig(__filename);
  const formatted = await format(text, { ...options, parser: 'babel' });
  return formatted.trimEnd().split('\n');
}
