import type { AnyNode, CallExpression } from 'acorn';
import type { Rule } from './finding';
import { pathsOf } from './script/paths';
import { provenanceOf, type Origin } from './script/provenance';
import { inScripts, type ScriptFault } from './script-rules';
import type { Script } from './script/syntax';

export const logging: readonly Rule[] = [
  {
    id: 'value-logged',
    level: 'error',
    hint: 'log fixed words only, or nothing: Postman keeps the console, and CI keeps what Newman prints',
    find: inScripts((script) => script.nodes.flatMap((node) => faultsOf(script, node))),
  },
];

const consoleMethod = /^console\.[\w*]+$/;

function faultsOf(script: Script, node: AnyNode): ScriptFault[] {
  const parent = script.parentOf(node);
  if (node.type === 'TaggedTemplateExpression')
    return isConsole(script, node.tag) ? saying(script, node, node.quasi.expressions) : [];
  if (node.type === 'CallExpression') return faultsOfCall(script, node);
  if (node.type !== 'MemberExpression' && node.type !== 'Identifier') return [];
  const isHandedOver = parent?.type === 'CallExpression' && parent.callee !== node && isConsole(script, node);
  return isHandedOver ? [{ node, message: 'console is handed to a call, and logs whatever that gives it' }] : [];
}

function faultsOfCall(script: Script, call: CallExpression): ScriptFault[] {
  const isIndirect = pathsOf(script, call.callee).some((path) => /^console\.\w+\.(call|apply|bind)$/.test(path));
  return isConsole(script, call.callee) || isIndirect ? saying(script, call, call.arguments) : [];
}

function isConsole(script: Script, callee: AnyNode): boolean {
  return pathsOf(script, callee).some((path) => consoleMethod.test(path));
}

function saying(script: Script, node: AnyNode, logged: readonly AnyNode[]): ScriptFault[] {
  const origins = new Set(logged.flatMap((one) => [...originsIn(script, one)]));
  if (origins.size === 0) return [];
  const known = [...origins].filter((origin) => origin !== 'elsewhere');
  const what = known.length === 0 ? 'a value' : `what comes from ${known.join(' and ')}`;
  return [{ node, message: `console gets ${what}: tokens and secrets end up in logs like that` }];
}

/** Numbers about an answer, times, and what is drawn at random: no secret is in them. */
const harmless =
  /^(?:pm\.response\.(?:code|status|responseTime|responseSize|reason\(\)|size\(\))|responseCode\.(?:code|name)|responseTime)$|\.length$|^(?:Date|Math|moment)\b/;

/** Where what is printed of an expression may come from. */
function originsIn(script: Script, node: AnyNode): Iterable<Origin> {
  const paths = pathsOf(script, node);
  if (paths.length > 0 && paths.every((path) => harmless.test(path))) return [];
  const all = (nodes: readonly AnyNode[]): Origin[] => nodes.flatMap((one) => [...originsIn(script, one)]);
  switch (node.type) {
    case 'TemplateLiteral':
      return all(node.expressions);
    case 'BinaryExpression':
      return node.operator === '+' ? all([node.left, node.right]) : [];
    case 'UnaryExpression':
      return [];
    case 'ConditionalExpression':
      return all([node.consequent, node.alternate]);
    default:
      return provenanceOf(script, node);
  }
}
