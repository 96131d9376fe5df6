import type { AnyNode, CallExpression, Statement } from 'acorn';
import { testsAnswer } from './answer-tests';
import { functionsOf, usesOf } from './calls';
import { dependsOn } from './depends-on';
import { pathsOf } from './paths';
import { isAnswerPath } from './provenance';
import { isFunction, type FunctionNode, type Script } from './syntax';

/**
 * Whether a place in a script is reached only after the answer was tested: inside an `if` about it, or behind one that
 * leaves, or behind a `pm.expect` that throws; here or wherever the function around it is called. A `pm.test` is no
 * guard: it catches what it throws, and its script goes on.
 */
export function isGuarded(script: Script, place: AnyNode, seen = new Set<AnyNode>()): boolean {
  for (let node = place, parent = script.parentOf(node); parent; node = parent, parent = script.parentOf(node)) {
    script.step();
    if (isChosen(script, node, parent)) return true;
    if (isBehindStop(script, parent, node)) return true;
    if (isFunction(parent)) return isGuardedFunction(script, parent, seen);
  }
  return false;
}

/** Whether a function runs only after a guard; one that never runs is harmless. */
function isGuardedFunction(script: Script, of: FunctionNode, seen: Set<AnyNode>): boolean {
  if (seen.has(of)) return true; // its first call decides
  seen.add(of);
  const { calls, handedTo, elsewhere } = usesOf(script, of);
  const madeAt = of.type === 'FunctionDeclaration' ? [] : [script.parentOf(of) ?? of];
  if (madeAt.some((node) => isGuarded(script, node, new Set(seen)))) return true;
  const places = [...calls, ...handedTo, ...elsewhere];
  return places.every((call) => isGuarded(script, call, seen));
}

/** Whether a node is a branch that a test of the answer chooses. */
function isChosen(script: Script, node: AnyNode, parent: AnyNode): boolean {
  switch (parent.type) {
    case 'IfStatement':
    case 'ConditionalExpression':
    case 'WhileStatement':
      return node !== parent.test && testsAnswer(script, parent.test);
    case 'LogicalExpression':
      return node === parent.right && testsAnswer(script, parent.left);
    case 'SwitchStatement':
      return node !== parent.discriminant && testsAnswer(script, parent.discriminant);
    default:
      return false;
  }
}

/** The first statement of a block that stops for a bad answer; null when there is none. */
const knownStops = new WeakMap<AnyNode, AnyNode | null>();

/** Whether a statement that stops runs before `node` in the block around it. */
function isBehindStop(script: Script, block: AnyNode, node: AnyNode): boolean {
  if (block.type !== 'BlockStatement' && block.type !== 'Program' && block.type !== 'SwitchCase') return false;
  const statements: readonly AnyNode[] = block.type === 'SwitchCase' ? block.consequent : block.body;
  const already = knownStops.get(block);
  const stop = already === undefined ? (statements.find((statement) => stops(script, statement)) ?? null) : already;
  knownStops.set(block, stop);
  return stop !== null && stop.end <= node.start;
}

/** Whether the statements after this one run only when the answer was found to be good. */
function stops(script: Script, statement: AnyNode): boolean {
  if (statement.type === 'IfStatement') {
    const leaving = [statement.consequent, statement.alternate].some((branch) => branch && leaves(branch));
    return leaving && testsAnswer(script, statement.test);
  }
  if (statement.type !== 'ExpressionStatement') return false;
  return (
    isExpectation(script, statement.expression) || callsOf(statement).some((call) => throwsForAnswer(script, call))
  );
}

function leaves(statement: Statement): boolean {
  if (statement.type === 'BlockStatement') return statement.body.some(leaves);
  if (statement.type === 'IfStatement')
    return leaves(statement.consequent) && !!statement.alternate && leaves(statement.alternate);
  return ['ReturnStatement', 'ThrowStatement', 'ContinueStatement', 'BreakStatement'].includes(statement.type);
}

function callsOf({ expression }: { readonly expression: AnyNode }): CallExpression[] {
  return expression.type === 'CallExpression' ? [expression] : [];
}

/** A call of one of the script's own functions that throws when the answer is bad. */
function throwsForAnswer(script: Script, call: CallExpression): boolean {
  return functionsOf(script, call.callee).some(({ body }) => {
    if (body.type !== 'BlockStatement') return isExpectation(script, body);
    return body.body.some((statement) => {
      if (statement.type === 'ExpressionStatement') return isExpectation(script, statement.expression);
      return statement.type === 'IfStatement' && throws(statement.consequent) && testsAnswer(script, statement.test);
    });
  });
}

function throws(statement: Statement): boolean {
  return statement.type === 'ThrowStatement' || (statement.type === 'BlockStatement' && statement.body.some(throws));
}

/** Checks that a refusal passes, too: it may be JSON, and it has a body and headers. */
const holdsForRefusal = /\.(json|withBody|header|headers)(\(\))?$/;
/** Checks of a value's properties, or of the whole value. */
const looksInside =
  /\.(property|propert\w+|nested\.property|keys?|contains?|includes?|eq|eqls?|equals?|status|match|jsonSchema|jsonBody)(\(\)|\.|$)/i;

/** `pm.expect(…)` or `assert` about the answer, or `pm.response.to…`, which throw when it is not as expected. */
function isExpectation(script: Script, expression: AnyNode): boolean {
  const paths = pathsOf(script, expression);
  if (paths.some((path) => /^pm\.response\.to\./.test(path))) return !paths.every((path) => holdsForRefusal.test(path));
  if (!paths.some((path) => /^(pm\.expect|assert)\b/.test(path))) return false;
  const isAnswer = (node: AnyNode): boolean => pathsOf(script, node).some(isAnswerPath);
  const isLooked = paths.some((path) => looksInside.test(path));
  return dependsOn(
    script,
    expression,
    (node) =>
      node.type === 'CallExpression' &&
      node.arguments.some((one) => testsAnswer(script, one) || (isLooked && isAnswer(one))),
  );
}
