import type { AnyNode, CallExpression, ObjectExpression } from 'acorn';
import type { Rule } from './finding';
import { pathsOf } from './script/paths';
import { inScripts, type ScriptFault } from './script-rules';
import { carriesSecret } from './secret-flow';
import { keyOf, type Script } from './script/syntax';

export const leaks: readonly Rule[] = [
  {
    id: 'secret-in-message',
    level: 'error',
    hint: 'say in fixed words what is wrong, and compare secrets so that none is printed: pm.expect(a === b).to.be.true',
    find: inScripts((script) => script.nodes.flatMap((node) => messageFaults(script, node))),
  },
  {
    id: 'secret-in-page',
    level: 'error',
    hint: 'hand pm.visualizer only what the page needs: it shows whatever it is given, and so does a picture of it',
    find: inScripts((script) => script.nodes.flatMap((node) => pageFaults(script, node))),
  },
  {
    id: 'secret-in-url',
    level: 'error',
    hint: 'send it in the Authorization header or in the body: servers and proxies on the way log URLs (RFC 6750 §5.3)',
    find: inScripts((script) => script.nodes.flatMap((node) => urlFaults(script, node))),
  },
];

/** Assertions whose failure prints what was expected and what came instead. */
const printing =
  /\.(?:equals?|eqls?|eq|strictEqual|deepEqual|includes?|contains?|string|match|matches|lengthOf|length|above|below|least|most|oneOf|satisfy|within|members|property|propertyVal)$/;

function messageFaults(script: Script, node: AnyNode): ScriptFault[] {
  if (node.type === 'ThrowStatement') return mayHold(script, node.argument) ? [thrown(node)] : [];
  if (node.type !== 'CallExpression') return [];
  const paths = pathsOf(script, node.callee);
  if (paths.some((path) => /^(?:pm\.expect|assert)\.fail$/.test(path)))
    return node.arguments.some((one) => mayHold(script, one)) ? [thrown(node)] : [];
  const isAssert = paths.some((path) => /^assert(?:\.\w+)?$/.test(path));
  if (isAssert || paths.includes('pm.expect')) {
    const messages = node.arguments.slice(paths.some((path) => /^assert\.\w+al$/.test(path)) ? 2 : 1);
    if (messages.some((one) => isText(one) && mayHold(script, one))) return [thrown(node)];
  }
  const isPrinted =
    (isAssert || paths.some((path) => /^pm\.expect\(\)\./.test(path))) && paths.some((path) => printing.test(path));
  if (!isPrinted || sparesValue(paths, node)) return [];
  const compared = [...(isAssert ? [] : expectedIn(node.callee)), ...node.arguments];
  return compared.some((one) => carriesSecret(script, one, 'a secret')) ? [printedBy(node)] : [];
}

const kept = 'every reporter prints it, and a report keeps it';
const thrown = (node: AnyNode): ScriptFault => ({ node, message: `a failure says what may hold a secret: ${kept}` });
const printedBy = (node: AnyNode): ScriptFault => ({
  node,
  message: `the failure of this comparison says a secret: ${kept}`,
});

function mayHold(script: Script, node: AnyNode): boolean {
  return carriesSecret(script, node, 'a secret or an answer');
}

/** A message is put together; a value that is handed on by itself is one to compare. */
function isText(node: AnyNode): boolean {
  return (
    node.type === 'TemplateLiteral' ||
    (node.type === 'BinaryExpression' && node.operator === '+') ||
    node.type === 'CallExpression'
  );
}

/** `.to.not.equal(null)` fails where the value is null, and says that. */
function sparesValue(paths: readonly string[], { arguments: [first] }: CallExpression): boolean {
  const isEmpty =
    first?.type === 'Literal' ? !first.value : first?.type === 'Identifier' && /^(?:undefined|NaN)$/.test(first.name);
  return isEmpty && paths.some((path) => /\.not\b|\.notEqual$|\.isNot/.test(path));
}

/** What `pm.expect(…)` at the start of a chain is about. */
function expectedIn(chain: AnyNode): AnyNode[] {
  if (chain.type === 'MemberExpression') return expectedIn(chain.object);
  if (chain.type !== 'CallExpression') return [];
  const inner = expectedIn(chain.callee);
  return inner.length > 0 ? inner : chain.arguments.slice(0, 1);
}

function pageFaults(script: Script, node: AnyNode): ScriptFault[] {
  if (node.type !== 'CallExpression' || !pathsOf(script, node.callee).includes('pm.visualizer.set')) return [];
  if (!node.arguments.some((one) => carriesSecret(script, one, 'a secret'))) return [];
  return [{ node, message: 'a page gets a secret: whoever looks at the screen or at a picture of it reads it' }];
}

function urlFaults(script: Script, node: AnyNode): ScriptFault[] {
  if (node.type !== 'CallExpression' || !pathsOf(script, node.callee).includes('pm.sendRequest')) return [];
  const [request] = node.arguments;
  if (request === undefined || !urlsOf(script, request).some((url) => carriesSecret(script, url, 'a secret')))
    return [];
  return [{ node, message: 'a secret is put into a URL: servers and proxies on the way log it' }];
}

/** The URL itself, or the `url` of an object, also of one that has a name. */
function urlsOf(script: Script, request: AnyNode): AnyNode[] {
  if (request.type === 'ObjectExpression') return urlIn(request);
  if (request.type !== 'Identifier') return [request];
  const values = (script.bindingOf(request)?.sources ?? []).flatMap((source) =>
    source.kind === 'value' && source.path.length === 0 ? [source.value] : [],
  );
  return values.flatMap((value) => (value.type === 'ObjectExpression' ? urlIn(value) : [value]));
}

function urlIn({ properties }: ObjectExpression): AnyNode[] {
  return properties.flatMap((one) => (one.type === 'Property' && keyOf(one) === 'url' ? [one.value] : []));
}
