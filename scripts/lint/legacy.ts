import type { AnyNode } from 'acorn';
import type { Rule } from './finding';
import { inScripts, type ScriptFault } from './script-rules';
import type { Script } from './script/syntax';

/** The globals of Postman before 2018, and what replaces them. */
const successors: ReadonlyMap<string, string> = new Map([
  ['tests', 'pm.test'],
  ['postman', 'pm.environment, pm.cookies and pm.execution'],
  ['responseBody', 'pm.response.text() or .json()'],
  ['responseCode', 'pm.response.code'],
  ['responseHeaders', 'pm.response.headers'],
  ['responseCookies', 'pm.cookies'],
  ['responseTime', 'pm.response.responseTime'],
  ['environment', 'pm.environment'],
  ['globals', 'pm.globals'],
  ['request', 'pm.request'],
  ['data', 'pm.iterationData'],
  ['iteration', 'pm.info.iteration'],
]);

export const legacy: readonly Rule[] = [
  {
    id: 'legacy-api',
    level: 'note',
    hint: 'use pm.test, pm.response, pm.environment and pm.execution',
    find: inScripts((script) => script.nodes.flatMap((node) => faultsOf(script, node))),
  },
];

function faultsOf(script: Script, node: AnyNode): ScriptFault[] {
  const name = legacyName(script, node) ?? '';
  const successor = successors.get(name);
  if (successor === undefined) return [];
  return [{ node, message: `${name} is of Postman's old API, which is deprecated and may go: use ${successor}` }];
}

function legacyName(script: Script, node: AnyNode): string | undefined {
  if (node.type !== 'Identifier' || script.bindingOf(node) !== undefined) return undefined;
  const parent = script.parentOf(node);
  const isKey = parent?.type === 'Property' && parent.key === node && !parent.computed && parent.value !== node;
  const isMember = parent?.type === 'MemberExpression' && parent.property === node && !parent.computed;
  const isMethod =
    parent?.type === 'MethodDefinition' || parent?.type === 'PropertyDefinition' || parent?.type === 'LabeledStatement';
  return isKey || isMember || isMethod ? undefined : node.name;
}
