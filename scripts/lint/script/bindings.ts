import type { AnyNode, Expression, Identifier, Program } from 'acorn';
import { analyze } from 'eslint-scope';
import { anyKey, keyOf, type Binding, type FunctionNode, type Script, type Source } from './syntax';

/** What eslint-scope finds, with the nodes that it was given: both libraries speak ESTree, but each has its own types. */
interface Variable {
  readonly identifiers: readonly Identifier[];
  readonly defs: readonly Definition[];
  readonly references: readonly Reference[];
}

type Definition =
  | { readonly type: 'Parameter'; readonly name: Identifier; readonly node: FunctionNode; readonly index: number }
  | { readonly type: 'FunctionName'; readonly node: FunctionNode }
  | { readonly type: 'Variable' | 'CatchClause' | 'ClassName' };

interface Reference {
  readonly identifier: Identifier;
  readonly writeExpr?: Expression | null;
  isRead(): boolean;
  isWrite(): boolean;
}

/** Globals that stay Postman's even when a script writes to them. */
const apiNames: ReadonlySet<string> = new Set(['pm', 'postman', 'tests', 'console']);

/**
 * What each name in a program is bound to, by the node that names it. A name that is only assigned to and never declared is
 * a variable too. Globals are bound to nothing.
 */
export function bindingsIn(program: Program, parentOf: Script['parentOf']): ReadonlyMap<AnyNode, Binding> {
  const bindings = new Map<AnyNode, Binding>();
  for (const variable of variablesIn(program)) {
    const binding = bindingOf(variable, parentOf);
    for (const name of variable.identifiers) bindings.set(name, binding);
    for (const { identifier } of variable.references) bindings.set(identifier, binding);
  }
  return bindings;
}

function variablesIn(program: Program): readonly Variable[] {
  const options = { ecmaVersion: 2022, sourceType: 'commonjs', ignoreEval: true } as const;
  const { scopes, globalScope } = analyze(program as Parameters<typeof analyze>[0], options);
  const declared = scopes.flatMap(({ variables }) => variables) as unknown as readonly Variable[]; // see Variable
  const unresolved = (globalScope?.through ?? []) as unknown as readonly Reference[]; // see Variable
  return [...declared.filter(({ defs }) => defs.length > 0), ...undeclared(unresolved)];
}

function undeclared(unresolved: readonly Reference[]): Variable[] {
  const byName = new Map<string, Reference[]>();
  for (const reference of unresolved) {
    const { name } = reference.identifier;
    const others = byName.get(name);
    if (others === undefined) byName.set(name, [reference]);
    else others.push(reference);
  }
  return [...byName]
    .filter(([name, references]) => !apiNames.has(name) && references.some((reference) => reference.isWrite()))
    .map(([, references]) => ({ identifiers: [], defs: [], references }));
}

function bindingOf(variable: Variable, parentOf: Script['parentOf']): Binding {
  const defined = variable.defs.flatMap((definition): Source[] => {
    const { type } = definition;
    if (type === 'Variable') return [];
    if (type === 'FunctionName') return [{ kind: 'function', function: definition.node }];
    if (type !== 'Parameter') return [{ kind: 'unknown' }];
    const { node, index, name } = definition;
    return [{ kind: 'parameter', of: node, index, path: pathTo(name, parentOf) }];
  });
  const written = variable.references.flatMap((reference): Source[] => {
    if (!reference.isWrite()) return [];
    const value = reference.writeExpr;
    if (!value) return [{ kind: 'unknown' }];
    const path = isDefault(value, parentOf) ? [] : pathTo(reference.identifier, parentOf);
    return [{ kind: 'value', value, path }];
  });
  const uses = variable.references.filter((reference) => reference.isRead()).map(({ identifier }) => identifier);
  return { sources: [...defined, ...written], uses };
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
