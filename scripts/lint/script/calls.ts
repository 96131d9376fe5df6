import type { AnyNode, CallExpression, Expression } from 'acorn';
import { childrenOf, isFunction, type FunctionNode, type Script } from './syntax';

/** The expressions whose value an expression has, unchanged. */
export function aliasedValues(node: AnyNode): Expression[] {
  switch (node.type) {
    case 'ChainExpression':
    case 'ParenthesizedExpression':
      return [node.expression];
    case 'AwaitExpression':
      return [node.argument];
    case 'ConditionalExpression':
      return [node.consequent, node.alternate];
    case 'LogicalExpression':
      return [node.left, node.right];
    case 'AssignmentExpression':
      return [node.right];
    case 'SequenceExpression':
      return node.expressions.slice(-1);
    default:
      return [];
  }
}

/** How a function is called: by its name, or by another function that gets it as an argument. */
export interface Uses {
  readonly calls: readonly CallExpression[];
  readonly handedTo: readonly CallExpression[];
  /** The places after which it can't be followed: an object, a list, a `new`. */
  readonly elsewhere: readonly AnyNode[];
}

const knownUses = new WeakMap<FunctionNode, Uses>();

/** Every call of a function of the script, also by another name or through a parameter. */
export function usesOf(script: Script, of: FunctionNode): Uses {
  const already = knownUses.get(of);
  if (already !== undefined) return already;
  const found = searchUses(script, of);
  knownUses.set(of, found);
  return found;
}

function searchUses(script: Script, of: FunctionNode): Uses {
  const calls = new Set<CallExpression>();
  const handedTo = new Set<CallExpression>();
  const elsewhere = new Set<AnyNode>();
  const seen = new Set<AnyNode>();
  const follow = (node: AnyNode): void => {
    if (seen.has(node)) return;
    seen.add(node);
    script.step();
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
    else if (parent !== undefined && aliasedValues(parent).some((value) => value === node)) follow(parent);
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
  script.step();
  if (isFunction(callee)) return [callee];
  if (callee.type !== 'Identifier') return aliasedValues(callee).flatMap((value) => functionsOf(script, value, seen));
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
