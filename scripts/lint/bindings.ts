import type { AnyNode, Expression, Identifier, Program } from 'acorn';
import { analyze, type Scope, type Variable } from 'eslint-scope';
import { anyKey, keyOf, type Binding, type FunctionNode, type Script, type Source } from './syntax';

/** What each name in a program is bound to, by the node that names it. Globals are bound to nothing. */
export function bindingsIn(program: Program, parentOf: Script['parentOf']): ReadonlyMap<AnyNode, Binding> {
  const manager = analyze(own<Parameters<typeof analyze>[0]>(program), {
    ecmaVersion: 2022,
    sourceType: 'commonjs',
    ignoreEval: true,
  });
  const bindings = new Map<AnyNode, Binding>();
  for (const variable of manager.scopes.flatMap((scope: Scope) => scope.variables)) {
    if (variable.defs.length === 0) continue;
    const binding = bindingOf(variable, parentOf);
    for (const name of variable.identifiers) bindings.set(own(name), binding);
    for (const { identifier } of variable.references) bindings.set(own(identifier), binding);
  }
  return bindings;
}

function bindingOf(variable: Variable, parentOf: Script['parentOf']): Binding {
  const defined = variable.defs.flatMap((definition): Source[] => {
    const { type, name } = definition;
    if (type === 'Variable') return [];
    if (type === 'FunctionName') return [{ kind: 'function', function: own<FunctionNode>(definition.node) }];
    if (type !== 'Parameter') return [{ kind: 'unknown' }];
    const of = own<FunctionNode>(definition.node);
    return [{ kind: 'parameter', of, index: definition.index ?? 0, path: pathTo(own(name), parentOf) }];
  });
  const written = variable.references.flatMap((reference): Source[] => {
    if (!reference.isWrite()) return [];
    const value = own<Expression | null>(reference.writeExpr);
    if (!value) return [{ kind: 'unknown' }];
    const path = isDefault(value, parentOf) ? [] : pathTo(own(reference.identifier), parentOf);
    return [{ kind: 'value', value, path }];
  });
  const uses = variable.references
    .filter((reference) => reference.isRead())
    .map(({ identifier }) => own<Identifier>(identifier));
  return { sources: [...defined, ...written], uses };
}

/** Both libraries speak ESTree and share its nodes; only their declarations differ. */
function own<Node = AnyNode>(node: unknown): Node {
  return node as Node;
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
