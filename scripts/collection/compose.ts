import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import type { Code, Declaration, Module } from './module';

/** Reads a module by its path without an ending. */
export type ReadModule = (pathname: string) => Module;

/** The lines of a request's script as Postman gets them: everything that it imports, then its own code. */
export async function composeScript(script: Module, read: ReadModule): Promise<string[]> {
  return formatScript(`${composeShared([script], read)}\n\n${script.whole.text}`);
}

/**
 * The declarations that scripts import, with those that these use in turn. Values come first, each before the values that
 * use it; then functions in alphabetical order. Nothing else of those modules is included.
 * @throws Error for two declarations with one name, and for an import from a package, which a script can't have
 */
export function composeShared(scripts: readonly Module[], read: ReadModule): string {
  const declaredIn = new Map(scripts.flatMap((script) => namesOf(script).map((name) => [name, script])));
  const taken = new Set<Declaration>();
  const ordered: Declaration[] = [];
  const follow = ({ names }: Code, module: Module): void => {
    for (const name of names) {
      const declaring = declaringModule(name, module, read);
      if (declaring === undefined || scripts.includes(declaring)) continue;
      const other = declaredIn.get(name) ?? declaring;
      if (other !== declaring) throw new Error(`${other.file} and ${declaring.file} both declare ${name}: rename one`);
      declaredIn.set(name, declaring);
      const declaration = declaring.declarations.find(({ declared }) => declared.includes(name));
      if (declaration === undefined) throw new Error(`${module.file} imports ${name}, which ${declaring.file} has not`);
      if (taken.has(declaration)) continue;
      taken.add(declaration);
      follow(declaration, declaring);
      ordered.push(declaration);
    }
  };
  for (const script of scripts) follow(script.whole, script);
  const functions = ordered.filter(({ kind }) => kind === 'function');
  const values = ordered.filter(({ kind }) => kind === 'value');
  return [...values, ...functions.toSorted(byName)].map(({ text }) => text).join('\n\n');
}

/** The module that declares a name; undefined for a name that no module declares, as a local variable or `pm`. */
function declaringModule(name: string, module: Module, read: ReadModule): Module | undefined {
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

/** The lines of a script, in the layout of this project's sources. */
export async function formatScript(text: string): Promise<string[]> {
  const options = await resolveConfig(__filename);
  const formatted = await format(text, { ...options, parser: 'babel' });
  return formatted.trimEnd().split('\n');
}
