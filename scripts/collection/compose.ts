/** The functions of `_shared/`, by name: what stands in the file of that name. */
export type SharedFunctions = ReadonlyMap<string, string>;

/**
 * A request's script as Postman gets it: the shared functions it calls, and those they call, in alphabetical order, then the
 * script itself. A function counts as called where its name is followed by a bracket, and no dot stands before it but a spread's.
 * What is written for the type checker stays behind: it says nothing to Postman, and each line costs time in every run.
 */
export function composeScript(source: string, shared: SharedFunctions): string[] {
  const called = new Set<string>();
  collectCalls(source, shared, called);
  const pasted = [...called].sort().map((name) => shared.get(name) ?? '');
  return [...pasted, source]
    .map((part) => withoutTypes(part).trim())
    .join('\n\n')
    .split(/\r?\n/);
}

function collectCalls(source: string, shared: SharedFunctions, called: Set<string>): void {
  for (const [, name = ''] of source.matchAll(/(?<![\w$]|(?<!\.\.)\.)([A-Za-z]\w*)\(/g)) {
    const body = shared.get(name);
    if (body === undefined || called.has(name)) continue;
    called.add(name);
    collectCalls(body, shared, called);
  }
}

/** A source without `@param` and its like; a comment of one line that is left stands on one line. */
function withoutTypes(source: string): string {
  return source
    .replaceAll(/^\/\*\*\n(?: \*.*\n)*? \* @typedef[\s\S]*?\*\/\n+/gm, '')
    .replaceAll(/^ \* @.*\n/gm, '')
    .replaceAll(/^\/\*\*\n( \*\n)* \*\/\n/gm, '')
    .replaceAll(/^\/\*\*\n \* (.*)\n \*\/\n/gm, '/** $1 */\n')
    .replaceAll(/^ *(\/\*\* @.*\*\/|\/\/ @ts-.*)\n/gm, '')
    .replaceAll(/\/\*\* @type \{[^*]*\} \*\/\s/g, '');
}
