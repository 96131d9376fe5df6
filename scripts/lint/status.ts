import type { AnyNode } from 'acorn';
import { usesOf } from './script/calls';
import type { LintedRequest } from './collection';
import { mentionsStatus } from './script/depends-on';
import type { Fault, Rule } from './finding';
import { pathsOf } from './script/paths';
import { follow } from './script-rules';
import { isFunction, keyOf, type FunctionNode, type Script } from './script/syntax';
import { withPart } from './format/where';

export const statusAssertions: readonly Rule[] = [
  {
    id: 'no-status-assertion',
    level: 'warning',
    hint: "add pm.test('the status is 200', () => pm.response.to.have.status(200)) to it, its folder or the collection",
    find: ({ requests }) => requests.flatMap(faultsOf),
  },
];

function faultsOf({ where, at, tests }: LintedRequest): Fault[] {
  const scripts = tests.filter(({ hasSource }) => !hasSource).map(({ script }) => script);
  if (scripts.some((script) => typeof script === 'string' || assertsStatus(script))) return [];
  return [
    {
      where: withPart(where, 'tests'),
      line: null,
      message: 'no test looks at the status: a refusal passes as a success',
      at,
    },
  ];
}

const known = new WeakMap<Script, boolean>();

/** Whether a script fails for a bad status. One that cannot be followed, or that runs text as code, may do so. */
function assertsStatus(script: Script): boolean {
  const already = known.get(script);
  if (already !== undefined) return already;
  const asserts = follow(script, true, () =>
    script.nodes.some((node) => (isAssertion(script, node) || runsText(script, node)) && runs(script, node)),
  );
  known.set(script, asserts);
  return asserts;
}

function runsText(script: Script, node: AnyNode): boolean {
  return node.type === 'CallExpression' && pathsOf(script, node.callee).includes('eval');
}

const statusWords =
  'status|ok|success|accepted|info|redirection|clientError|serverError|error|badRequest|unauthorized|forbidden|notFound|rateLimited';
const statusChain = new RegExp(`^pm\\.response\\.to\\.(\\w+\\.)*(${statusWords})$`);

function isAssertion(script: Script, node: AnyNode): boolean {
  if (node.type === 'MemberExpression') return pathsOf(script, node).some((path) => statusChain.test(path));
  if (node.type === 'CallExpression') return isExpectation(script, node.callee, node.arguments);
  if (node.type === 'ThrowStatement') return dependsOnStatus(script, node);
  const isLegacy =
    node.type === 'AssignmentExpression' && pathsOf(script, node.left).some((path) => path.startsWith('tests.'));
  return isLegacy && mentionsStatus(script, node.right);
}

/**
 * `pm.expect(pm.response.code)…`, `pm.expect([200, 201]).to.include(pm.response.code)`, `assert.equal(…)`,
 * `pm.expect(pm.response).to.have.status(…)`, or a failure where the status is bad.
 */
function isExpectation(script: Script, callee: AnyNode, given: readonly AnyNode[]): boolean {
  const paths = pathsOf(script, callee);
  const isOneOf = (pattern: RegExp): boolean => paths.some((path) => pattern.test(path));
  if (isOneOf(/^(pm\.expect|assert)\.fail$/)) return dependsOnStatus(script, callee);
  if (isOneOf(/^assert(\.\w+)?$/)) {
    const isResponse = given.slice(0, 1).some((one) => pathsOf(script, one).includes('pm.response'));
    return (isResponse && namesStatus(given[1])) || given.slice(0, 2).some((one) => mentionsStatus(script, one));
  }
  if (isOneOf(/^pm\.expect$/)) return given.slice(0, 1).some((one) => mentionsStatus(script, one));
  if (isOneOf(/^pm\.expect\(\)\./) && given.slice(0, 1).some((one) => mentionsStatus(script, one))) return true;
  if (isOneOf(/^pm\.response\.to\.(\w+\.)*(property|include|contain)$/)) return namesStatus(given[0]);
  if (!isOneOf(/^pm\.expect\(\)\.(\w+\.)*(status|property|include|contain)$/)) return false;
  const about = expectedIn(callee);
  if (about === undefined || !pathsOf(script, about).includes('pm.response')) return false;
  return isOneOf(/\.status$/) || namesStatus(given[0]);
}

/** `'code'`, or `{ code: 200 }`. */
function namesStatus(node: AnyNode | undefined): boolean {
  if (node?.type === 'ObjectExpression')
    return node.properties.some((one) => one.type === 'Property' && /^(code|status)$/.test(keyOf(one)));
  return node?.type === 'Literal' && /^(code|status)$/.test(String(node.value));
}

/** The argument of the `pm.expect(…)` at the start of a chain. */
function expectedIn(chain: AnyNode): AnyNode | undefined {
  if (chain.type === 'MemberExpression') return expectedIn(chain.object);
  if (chain.type !== 'CallExpression') return undefined;
  return chain.callee.type === 'MemberExpression' && chain.callee.object.type !== 'Identifier'
    ? expectedIn(chain.callee)
    : chain.arguments[0];
}

/** Whether a node is inside an `if` that tests the status. */
function dependsOnStatus(script: Script, place: AnyNode): boolean {
  for (let node: AnyNode | undefined = place; node !== undefined; node = script.parentOf(node)) {
    const test = conditionOf(node);
    if (test !== undefined && mentionsStatus(script, test)) return true;
  }
  return false;
}

function conditionOf(node: AnyNode): AnyNode | undefined {
  if (node.type === 'IfStatement' || node.type === 'ConditionalExpression') return node.test;
  return node.type === 'LogicalExpression' ? node.left : undefined;
}

/** Whether a place is ever reached: not inside a function that nothing calls, nor in a test that is skipped. */
function runs(script: Script, place: AnyNode, seen = new Set<FunctionNode>()): boolean {
  let node: AnyNode | undefined = place;
  while (node !== undefined && !isFunction(node)) node = script.parentOf(node);
  if (node === undefined) return true;
  if (seen.has(node)) return false;
  seen.add(node);
  const { calls, handedTo, elsewhere } = usesOf(script, node);
  const callers = [...calls, ...handedTo].filter((call) => !isSkipped(script, call.callee));
  return [...callers, ...elsewhere].some((call) => runs(script, call, seen));
}

/** A test that is always skipped; one that is skipped under a condition may run. */
function isSkipped(script: Script, callee: AnyNode): boolean {
  const paths = pathsOf(script, callee);
  return paths.length > 0 && paths.every((path) => path === 'pm.test.skip');
}
