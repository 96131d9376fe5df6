import type { AnyNode } from 'acorn';
import { functionsOf, aliasedValues, resultsOf, usesOf } from './calls';
import { dependsOn } from './depends-on';
import { pathsOf } from './paths';
import { isAnswerPath } from './provenance';
import type { Script } from './syntax';

const saysNothing = /^pm\.response\.response(Time|Size)$|^responseTime$/;

/**
 * Whether a condition depends on what the answer says. That there is one, and that it is JSON, says nothing: a refusal
 * has a body too. The error of `pm.sendRequest` says nothing either: it is the network's.
 */
export function testsAnswer(script: Script, test: AnyNode): boolean {
  if (test.type === 'LogicalExpression') return testsAnswer(script, test.left) || testsAnswer(script, test.right);
  if (test.type === 'UnaryExpression') return testsAnswer(script, test.argument);
  if (test.type === 'BinaryExpression' && isNothing(test.right)) return testsAnswer(script, test.left);
  if (isWholeAnswer(script, test)) return false;
  return dependsOn(
    script,
    test,
    (node) => pathsOf(script, node).some(isAnswerPath),
    (node) => pathsOf(script, node).some((path) => saysNothing.test(path)),
  );
}

function isNothing(node: AnyNode): boolean {
  if (node.type === 'ObjectExpression') return node.properties.length === 0;
  if (node.type === 'Literal') return node.value === null || node.value === '';
  return node.type === 'Identifier' && node.name === 'undefined';
}

const wholeAnswer = /^(pm\.response|responseBody|pm\.sendRequest(\(\)|\([1-9]\)))(\.(json|text)\(\))?$/;

/** Whether a value is a whole answer or nothing, and the content of the answer doesn't decide which. */
function isWholeAnswer(script: Script, node: AnyNode, seen = new Set<AnyNode>()): boolean {
  if (seen.has(node)) return true;
  seen.add(node);
  script.step();
  const isWhole = (value: AnyNode): boolean => isWholeAnswer(script, value, seen);
  const areWhole = (values: readonly AnyNode[]): boolean => {
    const some = values.filter((value) => !isNothing(value));
    return some.length > 0 && some.every(isWhole);
  };
  if (node.type === 'ConditionalExpression') return areWhole(aliasedValues(node)) && !testsAnswer(script, node.test);
  if (node.type === 'CallExpression') {
    if (functionsOf(script, node.callee).length > 0) return areWhole(resultsOf(script, node));
    if (pathsOf(script, node.callee).includes('JSON.parse')) return areWhole(node.arguments.slice(0, 1));
  }
  const passed = node.type === 'Identifier' ? valuesOf(script, node) : aliasedValues(node);
  if (passed.length > 0) return areWhole(passed);
  const paths = pathsOf(script, node);
  return paths.length > 0 && paths.every((path) => wholeAnswer.test(path));
}

/** What a name may hold; the name itself where that is a part of something, or what Postman hands to a function. */
function valuesOf(script: Script, name: AnyNode & { type: 'Identifier' }): AnyNode[] {
  return (script.bindingOf(name)?.sources ?? []).flatMap((source): AnyNode[] => {
    if (source.kind === 'value' && source.path.length === 0) return [source.value];
    if (source.kind !== 'parameter' || source.path.length > 0) return [];
    return usesOf(script, source.of).calls.flatMap((call) => call.arguments[source.index] ?? []);
  });
}
