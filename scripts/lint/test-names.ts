import type { AnyNode } from 'acorn';
import type { Rule } from './finding';
import { pathsOf } from './script/paths';
import { provenanceOf } from './script/provenance';
import { inScripts, type ScriptFault } from './script-rules';
import type { Script } from './script/syntax';

export const testNames: readonly Rule[] = [
  {
    id: 'test-name-not-fixed',
    level: 'error',
    hint: 'name the test with a fixed sentence, and let pm.expect say what differs where that is no secret',
    find: inScripts((script) => script.nodes.flatMap((node) => faultsOf(script, node))),
  },
];

function faultsOf(script: Script, node: AnyNode): ScriptFault[] {
  const name = nameOf(script, node);
  if (name === undefined) return [];
  const origins = [...provenanceOf(script, name)].filter((origin) => origin !== 'elsewhere');
  if (provenanceOf(script, name).size === 0) return [];
  const from = origins.length === 0 ? 'put together by the script' : `made from ${origins.join(' and ')}`;
  return [{ node, message: `the test's name is ${from}: every reporter prints it, and a report keeps it` }];
}

/** The name in `pm.test(name, …)`, `pm.test.skip(name)` and `tests[name] = …`. */
function nameOf(script: Script, node: AnyNode): AnyNode | undefined {
  if (node.type === 'CallExpression') {
    const isTest = pathsOf(script, node.callee).some((path) => /^pm\.test(\.(skip|only|call))?$/.test(path));
    const isCall = pathsOf(script, node.callee).includes('pm.test.call');
    return isTest ? node.arguments[isCall ? 1 : 0] : undefined;
  }
  if (node.type !== 'AssignmentExpression' || node.left.type !== 'MemberExpression' || !node.left.computed)
    return undefined;
  return pathsOf(script, node.left.object).includes('tests') ? node.left.property : undefined;
}
