import type { AnyNode, ObjectExpression } from 'acorn';
import type { Collection, LintedRequest } from './collection';
import { dependsOn } from './script/depends-on';
import { below } from './format/file-path';
import type { Fault, Rule } from './finding';
import { pathsOf } from './script/paths';
import { inScripts, type ScriptFault } from './script-rules';
import { keyOf, type Script } from './script/syntax';
import { isPlainHttp, isTokenUrl, urlsOf } from './urls';
import { withPart } from './format/where';

const inClear = 'it goes over plain http: everybody on the way reads the tokens in it';
const asForm = 'a token call must be application/x-www-form-urlencoded (RFC 6749 §4.1.3, §6)';

export const transport: readonly Rule[] = [
  {
    id: 'plain-http',
    level: 'error',
    hint: 'use https://; plain http is for localhost only',
    find: (collection) => [
      ...collection.requests.flatMap(plainRequests),
      ...plainSettings(collection),
      ...inScripts((script) => script.nodes.flatMap((node) => plainCalls(script, node)))(collection),
    ],
  },
  {
    id: 'token-call-not-urlencoded',
    level: 'warning',
    hint: 'choose x-www-form-urlencoded for the body, and let Postman write the Content-Type',
    find: (collection) => [
      ...collection.requests.flatMap(wrongBodies),
      ...inScripts((script) => script.nodes.flatMap((node) => wrongBodiesIn(script, node)))(collection),
    ],
  },
];

function plainRequests({ where, at, request }: LintedRequest): Fault[] {
  if (!urlsOf(request.url).some(isPlainHttp)) return [];
  return [{ where: withPart(where, 'URL'), line: null, message: inClear, at: below(at, 'request', 'url') }];
}

/** URLs in variables and in the settings of OAuth 2.0. */
function plainSettings({ texts }: Collection): Fault[] {
  const plain = texts.filter(
    ({ part, text }) => (part === 'variable' || part === 'auth') && /^\s*http:/i.test(text) && isPlainHttp(text),
  );
  const first = new Map(plain.toReversed().map((text) => [text.where, text]));
  return [...first.values()].toReversed().map(({ where, at }) => ({ where, line: null, message: inClear, at }));
}

function plainCalls(script: Script, node: AnyNode): ScriptFault[] {
  if (node.type !== 'CallExpression' || !pathsOf(script, node.callee).includes('pm.sendRequest')) return [];
  const [request] = node.arguments;
  const urls = request === undefined ? [] : textsOf(script, request).filter((text) => /^\s*http:/i.test(text));
  return urls.some(isPlainHttp) ? [{ node, message: inClear }] : [];
}

/** The text that stands in an expression for a request, or in its `url`; what is not fixed in it becomes a placeholder. */
function textsOf(script: Script, node: AnyNode, seen = new Set<AnyNode>()): string[] {
  if (seen.has(node)) return [];
  seen.add(node);
  if (node.type === 'Literal') return typeof node.value === 'string' ? [node.value] : [];
  if (node.type === 'TemplateLiteral') return [node.quasis.map(({ value }) => value.cooked ?? '').join('{{part}}')];
  if (node.type === 'BinaryExpression') return textsOf(script, node.left, seen).map((text) => `${text}{{part}}`);
  if (node.type === 'Identifier') {
    const sources = script.bindingOf(node)?.sources ?? [];
    return sources.flatMap((source) => (source.kind === 'value' ? textsOf(script, source.value, seen) : []));
  }
  if (node.type !== 'ObjectExpression') return [];
  const url = valueIn(node, 'url');
  return url === undefined ? [] : textsOf(script, url, seen);
}

function valueIn({ properties }: ObjectExpression, key: string): AnyNode | undefined {
  const property = properties.find((one) => one.type === 'Property' && keyOf(one) === key);
  return property?.type === 'Property' ? property.value : undefined;
}

function wrongBodies({ where, at: path, request }: LintedRequest): Fault[] {
  const { body, header, url } = request;
  const keys = (body?.formdata ?? []).map(({ key }) => key);
  const rawGrant = /["']grant_type["']\s*:/.test(body?.raw ?? '');
  const isTokenCall = rawGrant || keys.includes('grant_type') || urlsOf(url).some(isTokenUrl);
  if (!isTokenCall) return [];
  const at = { where: withPart(where, 'body'), line: null, at: below(path, 'request', 'body') };
  if (body?.mode === 'formdata') return [{ ...at, message: `it is sent as multipart/form-data: ${asForm}` }];
  if (body?.mode === 'raw' && rawGrant) return [{ ...at, message: `it is sent as JSON: ${asForm}` }];
  const isContradicted =
    body?.mode === 'urlencoded' &&
    /content-type\W+(value\W+)?(application\/json|multipart)/i.test(JSON.stringify(header ?? ''));
  return isContradicted
    ? [
        {
          ...at,
          where: withPart(where, 'header'),
          at: below(path, 'request', 'header'),
          message: `its Content-Type says otherwise: ${asForm}`,
        },
      ]
    : [];
}

/** `{ mode: 'formdata', formdata: [{ key: 'grant_type', … }] }` in a script, and JSON with a `grant_type` in `raw`. */
function wrongBodiesIn(script: Script, node: AnyNode): ScriptFault[] {
  if (node.type !== 'ObjectExpression') return [];
  const mode = valueIn(node, 'mode');
  if (mode?.type !== 'Literal') return [];
  const isGrant = (key: string): boolean => {
    const value = valueIn(node, key);
    return value !== undefined && dependsOn(script, value, (one) => namesGrant(one, key));
  };
  if (mode.value === 'formdata' && isGrant('formdata'))
    return [{ node, message: `it is sent as multipart/form-data: ${asForm}` }];
  return mode.value === 'raw' && isGrant('raw') ? [{ node, message: `it is sent as JSON: ${asForm}` }] : [];
}

/** The row of a form or the key of an object, or JSON in a text. */
function namesGrant(node: AnyNode, key: string): boolean {
  if (node.type === 'Property') return key === 'raw' && keyOf(node) === 'grant_type';
  const text = node.type === 'TemplateElement' ? node.value.raw : node.type === 'Literal' ? node.value : undefined;
  if (typeof text !== 'string') return false;
  return key === 'formdata' ? text === 'grant_type' : /["']grant_type\\?["']\s*:/.test(text);
}
