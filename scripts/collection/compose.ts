/** The functions of `_shared/`, by name: what stands in the file of that name. */
export type SharedFunctions = ReadonlyMap<string, string>;

/**
 * A request's script as Postman gets it: the shared functions it calls, and those they call, in alphabetical order, then the
 * script itself. A function counts as called where its name is followed by a bracket.
 */
export function composeScript(source: string, shared: SharedFunctions): string[] {
  const called = new Set<string>();
  collectCalls(source, shared, called);
  const pasted = [...called].sort().map((name) => shared.get(name) ?? '');
  return [...pasted, source]
    .map((part) => part.trim())
    .join('\n\n')
    .split(/\r?\n/);
}

function collectCalls(source: string, shared: SharedFunctions, called: Set<string>): void {
  for (const [, name = ''] of source.matchAll(/(?<![.\w$])([A-Za-z]\w*)\(/g)) {
    const body = shared.get(name);
    if (body === undefined || called.has(name)) continue;
    called.add(name);
    collectCalls(body, shared, called);
  }
}
