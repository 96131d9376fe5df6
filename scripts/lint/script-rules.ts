import type { AnyNode } from 'acorn';
import type { Collection } from './collection';
import type { Fault } from './finding';
import { lineOf, type Script } from './script/syntax';

/** A fault that a rule found at one place in a script. */
export interface ScriptFault {
  readonly node: AnyNode;
  readonly message: string;
}

/** A rule that reads each script by itself; it reports the same fault of a line only once. */
export function inScripts(find: (script: Script) => readonly ScriptFault[]): (collection: Collection) => Fault[] {
  const known = new WeakMap<Script, readonly ScriptFault[]>();
  return ({ scripts }) =>
    scripts.flatMap(({ where, at, script }) => {
      if (typeof script === 'string') return [];
      const found = known.get(script) ?? follow(script, [], () => find(script));
      known.set(script, found);
      const faults = found.map(({ node, message }) => ({
        where,
        line: lineOf(node),
        message,
        at,
      }));
      return [...new Map(faults.map((fault) => [`${fault.line} ${fault.message}`, fault])).values()].sort(
        (a, b) => a.line - b.line,
      );
    });
}

const tangled = new WeakSet<Script>();

/** What a look at a script gives, or `otherwise` for one that is too deep or too tangled to be followed. */
export function follow<T>(script: Script, otherwise: T, look: () => T): T {
  if (tangled.has(script)) return otherwise;
  try {
    return look();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    tangled.add(script);
    return otherwise;
  }
}

/** Whether a rule before this one could not follow a script. */
export function isTangled(script: Script): boolean {
  return tangled.has(script);
}
