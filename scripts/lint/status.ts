import type { AnyNode } from 'acorn';
import { usesOf } from './calls';
import { withPart, type LintedRequest } from './collection';
import { mentionsStatus } from './depends-on';
import type { Fault, Rule } from './finding';
import { pathsOf } from './paths';
import { isFunction, type FunctionNode, type Script } from './syntax';

export const statusAssertions: readonly Rule[] = [
  {
    id: 'no-status-assertion',
    hint: "add pm.test('the status is 200', () => pm.response.to.have.status(200)) to it, its folder or the collection",
    find: ({ requests }) => requests.flatMap(faultsOf),
  },
];

function faultsOf({ where, tests }: LintedRequest): Fault[] {
  const scripts = tests.filter(({ hasSource }) => !hasSource).map(({ script }) => script);
  if (scripts.some((script) => script === 'syntax error' || assertsStatus(script))) return [];
  return [
    {
      where: withPart(where, 'tests'),
      line: null,
      message: 'no test looks at the status: a refusal passes as a success',
    },
  ];
}

function assertsStatus(script: Script): boolean {
  return script.nodes.some((node) => isAssertion(script, node) && runs(script, node));
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

/** `pm.expect(pm.response.code)…`, `pm.expect(pm.response).to.have.status(…)`, or a failure where the status is bad. */
function isExpectation(script: Script, callee: AnyNode, given: readonly AnyNode[]): boolean {
  const paths = pathsOf(script, callee);
  if (paths.includes('pm.expect.fail')) return dependsOnStatus(script, callee);
  if (paths.includes('pm.expect')) return given.slice(0, 1).some((one) => mentionsStatus(script, one));
  const about = paths.some((path) => /^pm\.expect\(\)\.(\w+\.)*(status|property)$/.test(path))
    ? expectedIn(callee)
    : undefined;
  return about !== undefined && pathsOf(script, about).includes('pm.response');
}

/** What `pm.expect(…)` at the start of a chain is about. */
function expectedIn(chain: AnyNode): AnyNode | undefined {
  if (chain.type === 'MemberExpression') return expectedIn(chain.object);
  if (chain.type !== 'CallExpression') return undefined;
  return chain.callee.type === 'MemberExpression' && chain.callee.object.type !== 'Identifier'
    ? expectedIn(chain.callee)
    : chain.arguments[0];
}

/** Whether a node stands under an `if` about the status. */
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
  const callers = [...calls, ...handedTo].filter((call) => !pathsOf(script, call.callee).includes('pm.test.skip'));
  return [...callers, ...elsewhere].some((call) => runs(script, call, seen));
}
