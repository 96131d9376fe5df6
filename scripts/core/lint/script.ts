import {
  parse,
  type AnonymousFunctionDeclaration,
  type AnyNode,
  type ArrowFunctionExpression,
  type Expression,
  type FunctionDeclaration,
  type FunctionExpression,
  type Identifier,
  type Program,
} from 'acorn';
import { analyze, type Scope, type ScopeManager, type Variable } from 'eslint-scope';

export type FunctionNode =
  FunctionDeclaration | AnonymousFunctionDeclaration | FunctionExpression | ArrowFunctionExpression;

/** A script as its rules see it: the syntax tree with its parents, and what each name stands for. */
export interface Script {
  readonly nodes: readonly AnyNode[];
  parentOf(node: AnyNode): AnyNode | undefined;
  /** What a name is bound to in the script itself; undefined for a global, such as `pm`. */
  bindingOf(name: Identifier): Binding | undefined;
}

/** A variable, parameter or function of the script. */
export interface Binding {
  /** Everything it may hold. */
  readonly sources: readonly Source[];
  readonly uses: readonly Identifier[];
}

/** Something a variable may hold: a part of a value (`path` leads to it), a part of what a parameter is given, or neither. */
export type Source =
  | { readonly kind: 'value'; readonly value: Expression; readonly path: readonly string[] }
  | { readonly kind: 'parameter'; readonly of: FunctionNode; readonly index: number; readonly path: readonly string[] }
  | { readonly kind: 'function'; readonly function: FunctionNode }
  | { readonly kind: 'unknown' };

/** Any element of a list, any property of an object. */
export const anyKey = '*';

/** Parses a script as Postman's sandbox takes it, with `await` and `return` at its top. */
export function parseScript(text: string): Script | 'unreadable' {
  try {
    const program = parse(text, {
      ecmaVersion: 'latest',
      sourceType: 'script',
      allowReturnOutsideFunction: true,
      allowAwaitOutsideFunction: true,
      locations: true,
      ranges: true,
    });
    return scriptOf(program);
  } catch (error) {
    // RangeError: nested deeper than any program that a person wrote.
    if (error instanceof SyntaxError || error instanceof RangeError) return 'unreadable';
    throw error;
  }
}

export function isFunction(node: AnyNode | undefined): node is FunctionNode {
  return /^(Arrow)?Function(Expression|Declaration)$/.test(node?.type ?? '');
}

/** The nodes straight under a node, in the order of their fields. */
export function childrenOf(node: AnyNode): AnyNode[] {
  return Object.values(node).flat().filter(isNode);
}

/** The line a node starts in, from 1. */
export function lineOf(node: AnyNode): number {
  return node.loc?.start.line ?? 1;
}

function isNode(value: unknown): value is AnyNode {
  return (
    typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string' && 'start' in value
  );
}

function scriptOf(program: Program): Script {
  const nodes: AnyNode[] = [];
  const parents = new Map<AnyNode, AnyNode>();
  const waiting: AnyNode[] = [program];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    nodes.push(node);
    for (const child of childrenOf(node).reverse()) {
      parents.set(child, node);
      waiting.push(child);
    }
  }
  // Both speak ESTree; only the declarations differ.
  const manager = analyze(program as unknown as Parameters<typeof analyze>[0], {
    ecmaVersion: 2022,
    sourceType: 'commonjs',
    ignoreEval: true,
  });
  const parentOf = (node: AnyNode): AnyNode | undefined => parents.get(node);
  const bindings = bindingsIn(manager, parentOf);
  return { nodes, parentOf, bindingOf: (name) => bindings.get(name) };
}

function bindingsIn(manager: ScopeManager, parentOf: Script['parentOf']): Map<unknown, Binding> {
  const bindings = new Map<unknown, Binding>();
  for (const variable of manager.scopes.flatMap((scope: Scope) => scope.variables)) {
    if (variable.defs.length === 0) continue;
    const binding = bindingOf(variable, parentOf);
    for (const name of variable.identifiers) bindings.set(name, binding);
    for (const { identifier } of variable.references) bindings.set(identifier, binding);
  }
  return bindings;
}

function bindingOf(variable: Variable, parentOf: Script['parentOf']): Binding {
  const defined = variable.defs.flatMap((definition): Source[] => {
    const { type, name } = definition;
    if (type === 'Variable') return [];
    if (type === 'FunctionName') return [{ kind: 'function', function: definition.node as unknown as FunctionNode }];
    if (type !== 'Parameter') return [{ kind: 'unknown' }];
    const of = definition.node as unknown as FunctionNode;
    return [
      { kind: 'parameter', of, index: definition.index ?? 0, path: pathTo(name as unknown as AnyNode, parentOf) },
    ];
  });
  const written = variable.references.flatMap((reference): Source[] => {
    if (!reference.isWrite()) return [];
    const value = reference.writeExpr as unknown as Expression | null;
    if (!value) return [{ kind: 'unknown' }];
    const name = reference.identifier as unknown as AnyNode;
    const path = isDefault(value, parentOf) ? [] : pathTo(name, parentOf);
    return [{ kind: 'value', value, path }];
  });
  const uses = variable.references.filter((reference) => reference.isRead()).map(({ identifier }) => identifier);
  return { sources: [...defined, ...written], uses: uses as unknown as Identifier[] };
}

function isDefault(value: Expression, parentOf: Script['parentOf']): boolean {
  const parent = parentOf(value);
  return parent?.type === 'AssignmentPattern' && parent.right === value;
}

/** How a name in a pattern is reached from the value that the pattern takes apart: `a` of `{ b: [, a] }` by b, 1. */
function pathTo(name: AnyNode, parentOf: Script['parentOf']): string[] {
  const path: string[] = [];
  for (let node = name, parent = parentOf(node); parent !== undefined; node = parent, parent = parentOf(node)) {
    if (parent.type === 'ArrayPattern') path.unshift(String(parent.elements.findIndex((one) => one === node)));
    else if (parent.type === 'Property') path.unshift(keyOf(parent));
    else if (parent.type === 'ForOfStatement' || parent.type === 'ForInStatement') return [anyKey, ...path];
    else if (parent.type === 'RestElement') path.unshift(anyKey);
    else if (!['AssignmentPattern', 'ObjectPattern', 'VariableDeclarator', 'VariableDeclaration'].includes(parent.type))
      return path;
  }
  return path;
}

/** The name of a property, `anyKey` for one that is computed. */
export function keyOf({ key, computed }: { readonly key: AnyNode; readonly computed: boolean }): string {
  if (key.type === 'Identifier' && !computed) return key.name;
  return key.type === 'Literal' ? String(key.value) : anyKey;
}
