import type { AnyNode, CallExpression, NewExpression } from 'acorn';
import type { Collection, LintedScript } from './collection';
import type { Fault, Rule } from './finding';
import { pathsOf } from './script/paths';
import { provenanceOf } from './script/provenance';
import { inScripts, isTangled, type ScriptFault } from './script-rules';
import type { Script } from './script/syntax';

export const scriptFiles: readonly Rule[] = [
  {
    id: 'script-unreadable',
    level: 'error',
    hint: 'open the script in Postman: its editor marks what is wrong',
    find: (collection) => [...notJavaScript(collection), ...notFollowed(collection)],
  },
  {
    id: 'script-from-src',
    level: 'error',
    hint: 'put the lines of the script into exec, and remove src',
    find: about(({ hasSource }) => hasSource, 'it has a src: Newman skips it without a word'),
  },
  {
    id: 'code-from-text',
    level: 'error',
    hint: 'write the code into the script, and take packages by name and exact version',
    find: inScripts((script) => script.nodes.flatMap((node) => faultsOf(script, node))),
  },
];

const notJavaScript = about(
  ({ script }) => script === 'syntax error',
  'it is no JavaScript: it fails before its first line, and tests nothing',
);
const notFollowed = about(
  ({ script }) => script === 'too large' || (typeof script !== 'string' && isTangled(script)),
  'it is too large, too deeply nested or too tangled to be followed: only its secrets were looked for',
);

function about(isFaulty: (script: LintedScript) => boolean, message: string): (collection: Collection) => Fault[] {
  return ({ scripts }) => scripts.filter(isFaulty).map(({ where, at }) => ({ where, line: null, message, at }));
}

function faultsOf(script: Script, node: AnyNode): ScriptFault[] {
  if (node.type !== 'CallExpression' && node.type !== 'NewExpression') return [];
  const callee = pathsOf(script, node.callee);
  if (callee.some((path) => /^(eval|Function)(\.(call|apply|bind))?$/.test(path))) {
    return [{ node, message: 'text is run as code: whoever sends the text has every secret of the environment' }];
  }
  if (callee.some((path) => /^set(Timeout|Interval)$/.test(path)) && isText(node)) {
    return [{ node, message: 'text is run as code: hand over a function' }];
  }
  const isRequire = callee.some((path) => /^(pm\.)?require$/.test(path));
  if (!isRequire || !isFetched(script, node)) return [];
  return [
    {
      node,
      message: 'code is fetched when the request is sent: whoever can change it has every secret of the environment',
    },
  ];
}

function isText({ arguments: [code] }: CallExpression | NewExpression): boolean {
  return code?.type === 'TemplateLiteral' || (code?.type === 'Literal' && typeof code.value === 'string');
}

/** Whether a package's name is a URL, is not a fixed text, or has no exact version. */
function isFetched(script: Script, { arguments: [name] }: CallExpression | NewExpression): boolean {
  if (name === undefined) return false;
  if (name.type !== 'Literal' || typeof name.value !== 'string') return provenanceOf(script, name).size > 0;
  const isRegistry = /^(npm|jsr):/.test(name.value);
  return /^\w+:\/\//.test(name.value) || (isRegistry && !/.@\d+\.\d+\.\d[\w.+-]*$/.test(name.value));
}
