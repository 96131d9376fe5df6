import type {
  AnonymousFunctionDeclaration,
  AnyNode,
  ArrowFunctionExpression,
  Expression,
  FunctionDeclaration,
  FunctionExpression,
  Identifier,
} from 'acorn';

export type FunctionNode =
  FunctionDeclaration | AnonymousFunctionDeclaration | FunctionExpression | ArrowFunctionExpression;

/** A script as its rules see it: the syntax tree with its parents, and what each name stands for. */
export interface Script {
  readonly nodes: readonly AnyNode[];
  readonly comments: readonly Comment[];
  parentOf(node: AnyNode): AnyNode | undefined;
  /** What a name is bound to in the script itself; undefined for a global, such as `pm`. */
  bindingOf(name: Identifier): Binding | undefined;
  /** Counts one step at a node. @throws RangeError for a script that needs more steps than any that a person writes */
  step(): void;
}

/** The text of a comment, and the line that it begins in. */
export interface Comment {
  readonly text: string;
  readonly line: number;
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

export function isFunction(node: AnyNode | undefined): node is FunctionNode {
  return /^(Arrow)?Function(Expression|Declaration)$/.test(node?.type ?? '');
}

/** The children of a node, in the order of their fields. */
export function childrenOf(node: AnyNode): AnyNode[] {
  const children: AnyNode[] = [];
  for (const [field, value] of Object.entries(node) as [string, unknown][]) {
    if (field === 'loc') continue;
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) if (isNode(one)) children.push(one);
  }
  return children;
}

/** The line a node starts in, from 1. */
export function lineOf(node: AnyNode): number {
  return node.loc?.start.line ?? 1;
}

/** The name of a property, `anyKey` for one that is computed. */
export function keyOf({ key, computed }: { readonly key: AnyNode; readonly computed: boolean }): string {
  if (key.type === 'Identifier' && !computed) return key.name;
  return key.type === 'Literal' ? String(key.value) : anyKey;
}

function isNode(value: unknown): value is AnyNode {
  return (
    typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string' && 'start' in value
  );
}
