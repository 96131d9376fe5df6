import type { AnyNode } from 'acorn';
import type { Rule } from './finding';
import { isGuarded } from './script/guards';
import { pathsOf } from './script/paths';
import { printable } from './secrets/printable';
import { provenanceOf } from './script/provenance';
import { inScripts, type ScriptFault } from './script-rules';
import type { Script } from './script/syntax';

export const unguardedSets: readonly Rule[] = [
  {
    id: 'unguarded-set',
    level: 'warning',
    hint: 'before the set, return when a plain if finds the status or the value wrong; a failed pm.test does not stop its script',
    find: inScripts((script) => script.nodes.flatMap((node) => faultsOf(script, node))),
  },
];

const setters =
  /^((pm\.(environment|globals|collectionVariables))\.set|(environment|globals)\.set|postman\.set(Environment|Global)Variable)$/;

function faultsOf(script: Script, node: AnyNode): ScriptFault[] {
  if (node.type !== 'CallExpression' || !pathsOf(script, node.callee).some((path) => setters.test(path))) return [];
  const [key, value] = node.arguments;
  if (value === undefined || !mayBeMissing(script, value) || isGuarded(script, node)) return [];
  const name = key?.type === 'Literal' && typeof key.value === 'string' ? printable(key.value) : 'a variable';
  return [
    {
      node,
      message: `${name} is set from an answer that nothing has tested: a refusal writes undefined over a good value`,
    },
  ];
}

/** Parts of a response that every answer has. */
const always = /^(pm\.response\.(code|status|responseTime|responseSize)|responseCode\.(code|name)|responseTime)$/;

/** Whether a value comes from the answer and may be undefined there. */
function mayBeMissing(script: Script, value: AnyNode): boolean {
  if (value.type === 'BinaryExpression' && /[=<>]|in/.test(value.operator)) return false;
  if (value.type === 'UnaryExpression' && /!|typeof/.test(value.operator)) return false;
  if (
    value.type === 'LogicalExpression' &&
    value.operator !== '&&' &&
    provenanceOf(script, value.right).has('a variable')
  )
    return false;
  const paths = pathsOf(script, value);
  if (paths.length > 0 && paths.every((path) => always.test(path))) return false;
  return provenanceOf(script, value).has('the answer');
}
