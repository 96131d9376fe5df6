import type { AnyNode, CallExpression } from 'acorn';
import { aliasedValues, functionsOf, resultsOf, returnedBy, usesOf } from './script/calls';
import { pathsOf } from './script/paths';
import { isApiPath } from './script/provenance';
import { kindOfKey } from './secrets/secret-keys';
import { keyOf, type Script } from './script/syntax';

/** What is looked for in a value: a secret by its name, or also an answer as a whole, which may hold one. */
export type Carried = 'a secret' | 'a secret or an answer';

/** All of an answer, of the request or of the variables. */
const wholeAnswer =
  /^(?:pm\.response|responseBody|pm\.request|request|pm\.sendRequest(?:\(\)|\([1-9]\)))(?:\.(?:json\(\)|text\(\)|toJSON\(\)|body|headers))?$/;
const getter =
  /^(?:pm\.(?:environment|globals|collectionVariables|variables|iterationData|vault|cookies|response\.headers|request\.headers)\.get|postman\.get\w+)$/;
/** They pass on what they are given. */
const passing = /^(?:String|JSON\.\w+|Object\.\w+|encodeURIComponent|decodeURIComponent|encodeURI|escape|btoa|atob)$/;
/** They tell something of a value, and not the value. */
const telling =
  /\.(?:length|includes\(\)|startsWith\(\)|endsWith\(\)|indexOf\(\)|hasOwnProperty\(\)|has\(\)|test\(\))$/;

/** Their result is what the function gives that they are handed, or whether it gives something. */
const making = /^(?:map|flatMap|reduce|reduceRight|some|every|forEach|findIndex|from)$/;

/** Whether a secret that an answer, the request or a variable holds gets into the value of an expression. */
export function carriesSecret(script: Script, node: AnyNode, carried: Carried, seen = new Set<AnyNode>()): boolean {
  if (seen.has(node)) return false;
  seen.add(node);
  script.step();
  const paths = pathsOf(script, node);
  if (node.type === 'CallExpression' && isGetter(script, node)) return isSecretName(node.arguments[0]);
  if (paths.some((path) => telling.test(path))) return false;
  if (paths.some((path) => isSecretPath(path) || (carried !== 'a secret' && wholeAnswer.test(path)))) return true;
  return partsOf(script, node).some((part) => carriesSecret(script, part, carried, seen));
}

function isGetter(script: Script, { callee }: CallExpression): boolean {
  return pathsOf(script, callee).some((path) => getter.test(path));
}

function isSecretName(name: AnyNode | undefined): boolean {
  return name?.type === 'Literal' && isSecretKind(String(name.value));
}

function isSecretKind(key: string): boolean {
  const kind = kindOfKey(key);
  return kind !== undefined && kind !== 'neutral';
}

function isSecretPath(path: string): boolean {
  if (!isApiPath(path)) return false;
  const properties = path.split('.').filter((part) => /^[^\d*(][^(]*$/.test(part));
  return isSecretKind(properties.at(-1) ?? '');
}

/** The parts whose value is in the value of an expression. */
function partsOf(script: Script, node: AnyNode): AnyNode[] {
  switch (node.type) {
    case 'Identifier':
      return valuesOf(script, node);
    case 'CallExpression':
      return partsOfCall(script, node);
    case 'NewExpression':
      return node.arguments;
    case 'TemplateLiteral':
      return node.expressions;
    case 'BinaryExpression':
      return node.operator === '+' ? [node.left, node.right] : [];
    case 'ArrayExpression':
      return node.elements.flatMap((element) => element ?? []);
    case 'ObjectExpression':
      return node.properties;
    case 'Property':
      return [node.value];
    case 'SpreadElement':
      return [node.argument];
    default:
      return aliasedValues(node);
  }
}

function valuesOf(script: Script, name: AnyNode & { type: 'Identifier' }): AnyNode[] {
  return (script.bindingOf(name)?.sources ?? []).flatMap((source): AnyNode[] => {
    if (source.kind === 'value' && source.path.length === 0) return [source.value];
    if (source.kind !== 'parameter' || source.path.length > 0) return [];
    return usesOf(script, source.of).calls.flatMap((call) => call.arguments[source.index] ?? []);
  });
}

function partsOfCall(script: Script, call: CallExpression): AnyNode[] {
  const callee = pathsOf(script, call.callee);
  if (functionsOf(script, call.callee).length > 0) return resultsOf(script, call);
  if (callee.some((path) => passing.test(path))) return call.arguments;
  if (callee.some((path) => /^pm\.(?:response|request)\.\w+$/.test(path))) return [];
  if (call.callee.type !== 'MemberExpression') return [];
  const made = call.arguments.flatMap((argument) => functionsOf(script, argument)).flatMap(returnedBy);
  return making.test(keyOf({ key: call.callee.property, computed: call.callee.computed }))
    ? made
    : [call.callee.object];
}
