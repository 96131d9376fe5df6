import type { AnyNode, CallExpression } from 'acorn';
import { aliasedValues, resultsOf, usesOf } from './calls';
import { anyKey, keyOf, type Binding, type FunctionNode, type Script, type Source } from './syntax';

/** With more paths than this to one value, none of them is useful. */
const mostPaths = 24;

/** No path in Postman's API is longer than this. */
const longestPath = 300;

/** The paths of nodes, and those of names by what they are bound to. */
const known = new WeakMap<AnyNode | Binding, readonly string[]>();

/**
 * Which part of Postman's API an expression stands for, through variables, destructuring, parameters and the results of
 * the script's own functions: `t` of `const { access_token: t } = pm.response?.json()` is `pm.response.json().access_token`.
 * One path for every value it may have; none for what is no part of a global.
 */
export function pathsOf(script: Script, node: AnyNode): readonly string[] {
  const key = node.type === 'Identifier' ? (script.bindingOf(node) ?? node) : node;
  const already = known.get(key);
  if (already !== undefined) return already;
  script.step();
  known.set(key, []); // where a variable depends on itself, that way adds nothing
  const found = [...new Set(searchPaths(script, node))].filter(({ length }) => length <= longestPath);
  known.set(key, found.slice(0, mostPaths));
  return found.slice(0, mostPaths);
}

function searchPaths(script: Script, node: AnyNode): readonly string[] {
  switch (node.type) {
    case 'Identifier': {
      const binding = script.bindingOf(node);
      if (binding === undefined) return [node.name];
      return binding.sources.flatMap((source) => pathsOfSource(script, source));
    }
    case 'MemberExpression': {
      const key =
        node.computed && node.property.type !== 'Literal'
          ? fixedKey(script, node.property)
          : keyOf({ key: node.property, computed: node.computed });
      return extend(pathsOf(script, node.object), [key]);
    }
    case 'CallExpression': {
      const results = resultsOf(script, node).flatMap((result) => pathsOf(script, result));
      return [...results, ...pathsOf(script, node.callee).flatMap((path) => pathsOfCall(script, path, node))];
    }
    case 'NewExpression':
      return pathsOf(script, node.callee).includes('Date') ? ['Date()'] : [];
    default:
      return aliasedValues(node).flatMap((value) => pathsOf(script, value));
  }
}

/** What parsing gives is what was parsed; a library goes by its name, and its functions by the names that `pm` has. */
function pathsOfCall(script: Script, path: string, { arguments: [first] }: CallExpression): readonly string[] {
  if (path === 'JSON.parse' && first !== undefined)
    return pathsOf(script, first).map((text) => `${text.replace(/\.text\(\)$/, '')}.json()`);
  if (path === 'pm.variables.replaceIn' && isDynamic(first)) return ['Math.random()'];
  const isLibrary = path === 'require' && first?.type === 'Literal' && typeof first.value === 'string';
  const library = isLibrary ? /^(?:node:)?(chai|assert|moment)$/.exec(String(first.value))?.[1] : undefined;
  return [library ?? `${path}()`];
}

/** `{{$randomFirstName}}`: Postman makes such a value up. */
function isDynamic(text: AnyNode | undefined): boolean {
  if (text?.type !== 'Literal' || typeof text.value !== 'string') return false;
  return !/\{\{(?!\$)/.test(text.value);
}

function extend(paths: readonly string[], keys: readonly string[]): string[] {
  return paths.map((path) =>
    [path, ...keys]
      .join('.')
      .replace(/^(?:globalThis|window|global)\./, '')
      .replace(/^chai\.expect\b/, 'pm.expect')
      .replace(/^chai\.assert\b/, 'assert'),
  );
}

function fixedKey(script: Script, key: AnyNode): string {
  const values = key.type === 'Identifier' ? (script.bindingOf(key)?.sources ?? []) : [];
  const [only] = values;
  if (values.length !== 1 || only?.kind !== 'value' || only.path.length > 0) return anyKey;
  return only.value.type === 'Literal' ? String(only.value.value) : anyKey;
}

function pathsOfSource(script: Script, source: Source): readonly string[] {
  if (source.kind === 'value') return extend(pathsOf(script, source.value), source.path);
  if (source.kind !== 'parameter') return [];
  return extend(pathsOfParameter(script, source.of, source.index), source.path);
}

function pathsOfParameter(script: Script, of: FunctionNode, index: number): string[] {
  const uses = usesOf(script, of);
  const given = uses.calls.flatMap((call) => pathsOfArgument(script, call, index));
  const handed = uses.handedTo.flatMap((call) => pathsOf(script, call.callee).map((path) => `${path}(${index})`));
  return [...given, ...handed];
}

function pathsOfArgument(script: Script, call: CallExpression, index: number): readonly string[] {
  const argument = call.arguments[index];
  return argument === undefined || argument.type === 'SpreadElement' ? [] : pathsOf(script, argument);
}
