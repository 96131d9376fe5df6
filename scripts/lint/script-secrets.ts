import type { AnyNode, CallExpression } from 'acorn';
import { assignedIn } from './secrets/assignments';
import { pathsOf } from './script/paths';
import { kindOfKey } from './secrets/secret-keys';
import { isPair, shapesIn, type Found } from './secrets/secret-shapes';
import { isPlaceholder, isSecretValue, type SecretPlace } from './secrets/secret-values';
import { childrenOf, keyOf, lineOf, type Script } from './script/syntax';

/** A secret in a script, with its line. */
export interface FoundInScript extends Found {
  readonly line: number;
}

/** Every secret that stands in a script: under a name, by its form, inside a text, or in a comment. */
export function secretsInScript(script: Script): FoundInScript[] {
  return [
    ...script.nodes.flatMap((node) => textOf(node).flatMap((text) => foundIn(script, node, text))),
    ...script.comments.flatMap(({ text, line }) => inLines(text, line, (one) => secretsInComment(one))),
  ].sort((a, b) => a.line - b.line);
}

/** What a line of a comment, or of a script that is no JavaScript, says. */
export function secretsInComment(line: string): Found[] {
  return [...shapesIn(line), ...assignedIn(line, 'comment').map(asSecret)];
}

const asSecret = (secret: string): Found => ({ kind: 'a secret', secret });

/** A text that stands in the script as it is, with `{{part}}` for what a template puts in. */
function textOf(node: AnyNode): string[] {
  if (node.type === 'Literal') return typeof node.value === 'string' ? [node.value] : [];
  return node.type === 'TemplateLiteral' ? [node.quasis.map(({ value }) => value.cooked ?? '').join('{{part}}')] : [];
}

function foundIn(script: Script, node: AnyNode, text: string): FoundInScript[] {
  if (text.trim() === '') return [];
  const line = lineOf(node);
  const inText = inLines(text, line, (one) => [...shapesIn(one), ...assignedIn(one, 'wire').map(asSecret)]);
  if (inText.length > 0) return inText;
  const isFound = isCredential(script, node, text) || isNamedSecret(nameOf(script, node), text);
  return isFound ? [{ ...asSecret(text), line }] : [];
}

function isNamedSecret({ key, place }: Name, text: string): boolean {
  const kind = /^Basic\s/i.test(text) ? undefined : kindOfKey(key);
  const value = text.replace(/^(?:Bearer|Token|ApiKey)\s+/i, '');
  return kind !== undefined && isSecretValue(kind, key, value, place);
}

/** `btoa('user:password')`, and a text that a message is signed or hidden with. */
function isCredential(script: Script, node: AnyNode, text: string): boolean {
  const call = script.parentOf(node);
  if (call?.type !== 'CallExpression' || call.callee === node) return false;
  const name = calledName(call);
  if (/^(?:btoa|from|parse|encode|toBase64)$/.test(name))
    return /^[^\s:/]{1,100}:[^\s/]{3,200}$/.test(text) && isPair(text) && isEncoding(script, call, name);
  const isKey = call.arguments.indexOf(node as CallExpression['arguments'][number]) === 1; // a text is an argument
  return (
    isKey && /^(?:Hmac\w+|createHmac|sign|encrypt|decrypt)$/.test(name) && text.length >= 4 && !isPlaceholder(text)
  );
}

/** Whether a call is about base64, and not about dates or numbers. */
function isEncoding(script: Script, call: CallExpression, name: string): boolean {
  if (name === 'btoa' || name === 'toBase64') return true;
  const paths = pathsOf(script, call.callee);
  return paths.some((path) => /Buffer\.from$|enc\.\w+\.parse$|base64|Base64/.test(path));
}

function calledName({ callee }: CallExpression): string {
  if (callee.type === 'MemberExpression') return keyOf({ key: callee.property, computed: callee.computed });
  return callee.type === 'Identifier' ? callee.name : '';
}

interface Name {
  readonly key: string;
  readonly place: SecretPlace;
}

const noName: Name = { key: '', place: 'code' };

/** What a text is called: the variable, property or row that it becomes, or the name that it is set under. */
function nameOf(script: Script, node: AnyNode): Name {
  const parent = script.parentOf(node);
  switch (parent?.type) {
    case 'VariableDeclarator':
      return parent.id.type === 'Identifier' ? { key: parent.id.name, place: 'code' } : noName;
    case 'AssignmentPattern':
    case 'AssignmentExpression':
      return parent.right === node ? { key: targetName(parent.left), place: 'code' } : noName;
    case 'Property':
      return parent.value === node ? propertyName(script, parent, keyOf(parent)) : noName;
    case 'LogicalExpression':
    case 'ConditionalExpression':
    case 'ParenthesizedExpression':
      return parent.type === 'ConditionalExpression' && parent.test === node ? noName : nameOf(script, parent);
    case 'CallExpression':
      return argumentName(parent, node);
    default:
      return noName;
  }
}

function targetName(target: AnyNode): string {
  if (target.type === 'Identifier') return target.name;
  return target.type === 'MemberExpression' ? keyOf({ key: target.property, computed: target.computed }) : '';
}

/** `{ key: 'X-Api-Key', value: '…' }` is a row; any other property is called by its own name. */
function propertyName(script: Script, property: AnyNode, key: string): Name {
  const object = script.parentOf(property);
  if (key !== 'value' || object === undefined) return { key, place: 'code' };
  const row = childrenOf(object).find((one) => one.type === 'Property' && /^(?:key|name)$/.test(keyOf(one)));
  const name = row?.type === 'Property' && row.value.type === 'Literal' ? String(row.value.value) : '';
  return { key: name, place: 'row' };
}

const setters = /^(?:set\w*|add|append|upsert|header|put|define|replaceIn)$/;

function argumentName(call: CallExpression, node: AnyNode): Name {
  const at = call.arguments.findIndex((argument) => argument === node);
  const before = call.arguments[at - 1];
  if (before?.type !== 'Literal' || typeof before.value !== 'string' || !setters.test(calledName(call))) return noName;
  return { key: before.value, place: 'code' };
}

/** What is found in each line of a text that begins at a line of the script. */
function inLines(text: string, first: number, find: (line: string) => Found[]): FoundInScript[] {
  if (!/BEGIN [A-Z ]{0,40}PRIVATE KEY/.test(text))
    return text.split('\n').flatMap((line, at) => find(line).map((found) => ({ ...found, line: first + at })));
  return find(text).map((found) => ({ ...found, line: first }));
}
