import type { AnyNode, CallExpression } from 'acorn';
import { functionsOf, aliasedValues, resultsOf, returnedBy, usesOf } from './calls';
import { pathsOf } from './paths';
import { childrenOf, isFunction, type Binding, type Script, type Source } from './syntax';

/** Where a value comes from, when it is not fixed in the script: Xero's answer, the request, a variable, or elsewhere. */
export type Origin = 'the answer' | 'the request' | 'a variable' | 'elsewhere';

const apis: readonly (readonly [RegExp, Origin])[] = [
  [/^(pm\.response|pm\.cookies|response(Body|Code|Headers|Cookies|Time)|postman\.getResponse\w+)\b/, 'the answer'],
  [/^pm\.sendRequest(\(\)|\([1-9]\))/, 'the answer'],
  [/^(pm\.request|request)\b/, 'the request'],
  [
    /^(pm\.(environment|globals|collectionVariables|variables|iterationData|vault)|environment|globals|data)\b/,
    'a variable',
  ],
  [/^postman\.get\w+Variable\b/, 'a variable'],
];

/** Functions whose result depends on their arguments alone. */
const pureCalls =
  /^(String|Number|Boolean|Array|JSON|Object|encodeURIComponent|decodeURIComponent|parseInt|Symbol|RegExp)(\.\w+)?$/;
/** The name of the request and how often it has run: fixed in the collection, or a count. */
const ofRequestItself = /^pm\.info\.\w+$/;
const fixedNames: ReadonlySet<string> = new Set(['undefined', 'NaN', 'Infinity']);
const none: ReadonlySet<Origin> = new Set();
const known = new WeakMap<AnyNode | Binding, ReadonlySet<Origin>>();

/** Where the value of an expression may come from; empty for one that stands in the script as it is. */
export function provenanceOf(script: Script, node: AnyNode): ReadonlySet<Origin> {
  const key = node.type === 'Identifier' ? (script.bindingOf(node) ?? node) : node;
  const already = known.get(key);
  if (already !== undefined) return already;
  script.step();
  known.set(key, none); // where a value depends on itself, that way adds nothing
  const found = new Set(searchOrigins(script, node));
  known.set(key, found);
  return found;
}

function searchOrigins(script: Script, node: AnyNode): Iterable<Origin> {
  const paths = pathsOf(script, node);
  if (paths.length > 0 && paths.every((path) => ofRequestItself.test(path))) return none;
  const direct = paths.flatMap(originOfPath);
  switch (node.type) {
    case 'Literal':
    case 'TemplateElement':
      return none;
    case 'Identifier':
      return [...direct, ...originsOfName(script, node)];
    case 'MemberExpression':
      return direct.length > 0
        ? direct
        : [...provenanceOf(script, node.object), ...(node.computed ? provenanceOf(script, node.property) : [])];
    case 'CallExpression':
      return direct.length > 0 ? direct : originsOfCall(script, node);
    case 'ConditionalExpression':
    case 'SequenceExpression':
      return aliasedValues(node).flatMap((value) => [...provenanceOf(script, value)]);
    case 'Property':
      return [...provenanceOf(script, node.value), ...(node.computed ? provenanceOf(script, node.key) : [])];
    case 'ThisExpression':
    case 'NewExpression':
    case 'TaggedTemplateExpression':
    case 'ImportExpression':
    case 'YieldExpression':
    case 'MetaProperty':
      return ['elsewhere', ...ofAll(script, childrenOf(node))];
    default:
      return ofAll(script, isFunction(node) ? returnedBy(node) : childrenOf(node));
  }
}

function ofAll(script: Script, nodes: readonly AnyNode[]): Origin[] {
  return nodes.flatMap((node) => [...provenanceOf(script, node)]);
}

/** Whether a path leads into an answer: the request's own, or that of a request which the script sends. */
export function isAnswerPath(path: string): boolean {
  return originOfPath(path).includes('the answer');
}

/** Whether a path leads into an answer, the request or a variable. */
export function isApiPath(path: string): boolean {
  return originOfPath(path).length > 0;
}

function originOfPath(path: string): Origin[] {
  return apis.flatMap(([pattern, origin]) => (pattern.test(path) ? [origin] : []));
}

function originsOfName(script: Script, node: AnyNode & { type: 'Identifier' }): Origin[] {
  const binding = script.bindingOf(node);
  if (binding === undefined)
    return fixedNames.has(node.name) || originOfPath(node.name).length > 0 ? [] : ['elsewhere'];
  return binding.sources.flatMap((source) => originsOfSource(script, source));
}

function originsOfSource(script: Script, source: Source): Origin[] {
  if (source.kind === 'value') return [...provenanceOf(script, source.value)];
  if (source.kind !== 'parameter') return source.kind === 'function' ? [] : ['elsewhere'];
  const { calls, handedTo, elsewhere } = usesOf(script, source.of);
  const given = calls.flatMap((call) => call.arguments[source.index] ?? []);
  const spread = calls.some((call) => call.arguments.some(({ type }) => type === 'SpreadElement'));
  const handed = handedTo.flatMap((call) => originsOfCallback(script, call, source.index));
  const isUnknown = spread || elsewhere.length > 0 || calls.length + handedTo.length === 0;
  return [...ofAll(script, given), ...handed, ...(isUnknown ? (['elsewhere'] as const) : [])];
}

/** What a function gets that is handed to a method or to one of Postman's functions: parts of what these work on. */
function originsOfCallback(script: Script, call: CallExpression, index: number): Origin[] {
  const callee = pathsOf(script, call.callee);
  if (callee.includes('pm.sendRequest')) return index === 0 ? ['elsewhere'] : ['the answer'];
  const data = call.arguments.filter((argument) => functionsOf(script, argument).length === 0);
  if (call.callee.type !== 'MemberExpression') return ['elsewhere', ...ofAll(script, data)];
  return [...provenanceOf(script, call.callee.object), ...ofAll(script, data)];
}

function originsOfCall(script: Script, call: CallExpression): Origin[] {
  const results = resultsOf(script, call);
  if (functionsOf(script, call.callee).length > 0) return ofAll(script, results);
  const given = ofAll(script, call.arguments);
  if (pathsOf(script, call.callee).some((path) => pureCalls.test(path))) return given;
  if (call.callee.type === 'MemberExpression') return [...provenanceOf(script, call.callee.object), ...given];
  return ['elsewhere', ...provenanceOf(script, call.callee), ...given];
}
