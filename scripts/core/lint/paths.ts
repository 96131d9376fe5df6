import type { AnyNode, CallExpression, Expression } from 'acorn';
import { anyKey, childrenOf, isFunction, keyOf, type FunctionNode, type Script, type Source } from './script';

/** More ways than this to one value tell nothing any more. */
const mostPaths = 24;

const known = new WeakMap<AnyNode, readonly string[]>();

/**
 * Which part of Postman's API an expression stands for, through variables, destructuring, parameters and the results of
 * the script's own functions: `t` of `const { access_token: t } = pm.response?.json()` is `pm.response.json().access_token`.
 * One path for every value it may have; none for what is no part of a global.
 */
export function pathsOf(script: Script, node: AnyNode): readonly string[] {
  const already = known.get(node);
  if (already !== undefined) return already;
  known.set(node, []); // where a variable depends on itself, that way adds nothing
  const found = [...new Set(searchPaths(script, node))].slice(0, mostPaths);
  known.set(node, found);
  return found;
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
      return [...results, ...pathsOf(script, node.callee).map((path) => `${path}()`)];
    }
    default:
      return passedThrough(node).flatMap((value) => pathsOf(script, value));
  }
}

function extend(paths: readonly string[], keys: readonly string[]): string[] {
  return paths.map((path) => [path, ...keys].join('.').replace(/^(?:globalThis|window|global)\./, ''));
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

/** The expressions whose value an expression passes on as it is. */
export function passedThrough(node: AnyNode): Expression[] {
  switch (node.type) {
    case 'ChainExpression':
    case 'ParenthesizedExpression':
      return [node.expression];
    case 'AwaitExpression':
      return [node.argument];
    case 'ConditionalExpression':
      return [node.consequent, node.alternate];
    case 'LogicalExpression':
      return [node.left as Expression, node.right]; // a private name stands left of `in` only
    case 'AssignmentExpression':
      return [node.right];
    case 'SequenceExpression':
      return node.expressions.slice(-1);
    default:
      return [];
  }
}

/** How a function is reached: by calls that name it, and by calls of others that it is handed to. */
export interface Uses {
  readonly calls: readonly CallExpression[];
  readonly handedTo: readonly CallExpression[];
  /** Where it goes out of sight: into an object, a list, a `new`. */
  readonly elsewhere: readonly AnyNode[];
}

/** Every call of a function of the script, also by another name or through a parameter. */
export function usesOf(script: Script, of: FunctionNode): Uses {
  const calls = new Set<CallExpression>();
  const handedTo = new Set<CallExpression>();
  const elsewhere = new Set<AnyNode>();
  const seen = new Set<AnyNode>();
  const follow = (node: AnyNode): void => {
    if (seen.has(node)) return;
    seen.add(node);
    const parent = script.parentOf(node);
    if (parent?.type === 'CallExpression' && parent.callee === node) calls.add(parent);
    else if (parent?.type === 'CallExpression') {
      const index = parent.arguments.findIndex((argument) => argument === node);
      const takers = functionsOf(script, parent.callee);
      for (const taker of takers) namesOf(script, taker.params[index]).forEach(follow);
      if (takers.length === 0) handedTo.add(parent);
    } else if (parent?.type === 'VariableDeclarator' && parent.init === node)
      namesOf(script, parent.id).forEach(follow);
    else if (parent?.type === 'AssignmentExpression' && parent.right === node)
      namesOf(script, parent.left).forEach(follow);
    else if (parent !== undefined && passedThrough(parent).some((value) => value === node)) follow(parent);
    else if (parent !== undefined && parent.type !== 'ExpressionStatement') elsewhere.add(parent);
  };
  if (of.type === 'FunctionDeclaration') namesOf(script, of.id).forEach(follow);
  else follow(of);
  return { calls: [...calls], handedTo: [...handedTo], elsewhere: [...elsewhere] };
}

function namesOf(script: Script, name: AnyNode | null | undefined): readonly AnyNode[] {
  return name?.type === 'Identifier' ? (script.bindingOf(name)?.uses ?? []) : [];
}

/** The functions of the script that a callee may be. */
export function functionsOf(script: Script, callee: AnyNode, seen = new Set<AnyNode>()): FunctionNode[] {
  if (seen.has(callee)) return [];
  seen.add(callee);
  if (isFunction(callee)) return [callee];
  if (callee.type !== 'Identifier') return passedThrough(callee).flatMap((value) => functionsOf(script, value, seen));
  return (script.bindingOf(callee)?.sources ?? []).flatMap((source) => {
    if (source.kind === 'function') return [source.function];
    if (source.kind === 'value' && source.path.length === 0) return functionsOf(script, source.value, seen);
    return [];
  });
}

/** What a call of the script's own functions may return. */
export function resultsOf(script: Script, call: CallExpression): AnyNode[] {
  return functionsOf(script, call.callee).flatMap(returnedBy);
}

export function returnedBy(of: FunctionNode): AnyNode[] {
  return of.body.type === 'BlockStatement' ? returnsIn(of.body) : [of.body];
}

function returnsIn(node: AnyNode): AnyNode[] {
  if (node.type === 'ReturnStatement') return node.argument ? [node.argument] : [];
  return isFunction(node) ? [] : childrenOf(node).flatMap(returnsIn);
}
