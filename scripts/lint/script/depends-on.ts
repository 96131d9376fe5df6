import type { AnyNode, Identifier } from 'acorn';
import { usesOf } from './calls';
import { pathsOf } from './paths';
import { childrenOf, type Script } from './syntax';

/**
 * Whether anything that decides an expression meets a condition: its own parts, what its variables were set from and
 * under which `if`, what its parameters are given, and the bodies of the script's own functions that it calls. What
 * is ignored is not looked into.
 */
export function dependsOn(
  script: Script,
  expression: AnyNode,
  condition: (node: AnyNode) => boolean,
  isIgnored: (node: AnyNode) => boolean = () => false,
): boolean {
  const seen = new Set<AnyNode>();
  const waiting: AnyNode[] = [expression];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (seen.has(node) || isIgnored(node)) continue;
    seen.add(node);
    script.step();
    if (condition(node)) return true;
    waiting.push(...childrenOf(node));
    if (node.type === 'Identifier') waiting.push(...decidersOf(script, node));
  }
  return false;
}

function decidersOf(script: Script, name: Identifier): AnyNode[] {
  return (script.bindingOf(name)?.sources ?? []).flatMap((source): AnyNode[] => {
    if (source.kind === 'value') return [source.value, ...testsAround(script, source.value, name)];
    if (source.kind === 'function') return [source.function.body];
    if (source.kind === 'unknown') return [];
    const { calls, handedTo } = usesOf(script, source.of);
    return [
      ...calls.flatMap((call) => call.arguments[source.index] ?? []),
      ...handedTo.flatMap((call) => (call.callee.type === 'MemberExpression' ? [call.callee.object] : [])),
    ];
  });
}

/**
 * The conditions under which a variable gets a value, inside its function. What is around the use of the variable as well
 * decides nothing about it: behind `if (good)`, a value is no sign of `good`.
 */
function testsAround(script: Script, value: AnyNode, use: AnyNode): AnyNode[] {
  const tests: AnyNode[] = [];
  for (let at = script.parentOf(value); at !== undefined && !/Function/.test(at.type); at = script.parentOf(at)) {
    if (at.start <= use.start && use.end <= at.end) continue;
    if (at.type === 'IfStatement') tests.push(at.test);
    if (at.type === 'SwitchStatement') tests.push(at.discriminant);
  }
  return tests;
}

/** The status of the answer to the request itself. */
const statusPath = /^(pm\.response\.(code|status)|responseCode\.(code|name))$/;
/** Its words, such as `Not Found`. */
const reasonPath = /^(pm\.response\.status|responseCode\.name)$/;

export function mentionsStatus(script: Script, expression: AnyNode): boolean {
  return dependsOn(
    script,
    expression,
    (node) => pathsOf(script, node).some((path) => statusPath.test(path)),
    (node) => comparesWordsWithNumber(script, node),
  );
}

/** `pm.response.status >= 400`: never true, whatever the answer is, because the status is a text such as `OK`. */
function comparesWordsWithNumber(script: Script, node: AnyNode): boolean {
  const isReason = (side: AnyNode | undefined): boolean =>
    side !== undefined && pathsOf(script, side).some((path) => reasonPath.test(path));
  if (node.type === 'BinaryExpression')
    return (isReason(node.left) && isNumber(node.right)) || (isReason(node.right) && isNumber(node.left));
  if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return false;
  const { object } = node.callee;
  return object.type === 'ArrayExpression' && object.elements.every(isNumber) && isReason(node.arguments[0]);
}

function isNumber(node: AnyNode | null): boolean {
  return node?.type === 'Literal' && typeof node.value === 'number';
}
