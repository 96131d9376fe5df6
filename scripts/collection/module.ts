import ts from 'typescript';

/** A source file, JavaScript or TypeScript, split into the parts from which a script for Postman is composed. */
export interface Module {
  readonly file: string;
  readonly declarations: readonly Declaration[];
  /** The names that it imports, each with the path of the other module as it is in the source. */
  readonly imports: ReadonlyMap<string, string>;
  /** Everything but its imports: the code that a request's script runs. */
  readonly whole: Code;
}

/** A part of a source as Postman gets it: with no types, `import` or `export`. */
export interface Code {
  readonly text: string;
  /** Every name used in it that may be declared elsewhere. */
  readonly names: ReadonlySet<string>;
}

/** A function or a value. A value, unlike a function, can be used only after the line that declares it. */
export interface Declaration extends Code {
  readonly kind: 'function' | 'value';
  readonly declared: readonly string[];
}

/** Parses a source. @throws Error for an import under another name, because a script has no imports to rename */
export function parseModule(text: string, file: string): Module {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const imports = source.statements.filter(ts.isImportDeclaration).flatMap((one) => importsOf(one, file));
  const statements = source.statements.filter(isCode);
  const declarations = statements.map((statement) => declarationOf(statement, source));
  const names = new Set(declarations.flatMap((one) => [...one.names]));
  const whole = { text: codeOf(statements.map((one) => one.getFullText(source)).join(''), file), names };
  return { file, declarations, imports: new Map(imports), whole };
}

function isCode(statement: ts.Statement): boolean {
  return ![ts.isImportDeclaration, ts.isInterfaceDeclaration, ts.isTypeAliasDeclaration].some((is) => is(statement));
}

/** The names of an import statement, but not those of types, which don't exist in a script. */
function importsOf({ importClause, moduleSpecifier }: ts.ImportDeclaration, file: string): [string, string][] {
  if (importClause === undefined || importClause.phaseModifier === ts.SyntaxKind.TypeKeyword) return [];
  const { name, namedBindings } = importClause;
  const isList = namedBindings !== undefined && ts.isNamedImports(namedBindings);
  const listed = isList ? namedBindings.elements.filter(({ isTypeOnly }) => !isTypeOnly) : [];
  const renamed = listed.find(({ propertyName }) => propertyName !== undefined);
  if (renamed) throw new Error(`${file} imports ${renamed.name.text} under another name, which no script can`);
  const others = [name, isList ? undefined : namedBindings?.name].filter((one) => one !== undefined);
  const from = ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : '';
  return [...others, ...listed.map((one) => one.name)].map((one) => [one.text, from]);
}

function declarationOf(statement: ts.Statement, source: ts.SourceFile): Declaration {
  return {
    kind: ts.isFunctionDeclaration(statement) ? 'function' : 'value',
    declared: declaredNames(statement),
    text: codeOf(statement.getFullText(source), source.fileName),
    names: namesIn(statement),
  };
}

function declaredNames(statement: ts.Statement): string[] {
  if (ts.isFunctionDeclaration(statement)) return statement.name ? [statement.name.text] : [];
  return ts.isVariableStatement(statement)
    ? statement.declarationList.declarations.flatMap(({ name }) => boundNames(name))
    : [];
}

function boundNames(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? boundNames(element.name) : []));
}

/** Every identifier that is not the name of a property or a type. */
function namesIn(node: ts.Node): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (one: ts.Node): void => {
    if (ts.isTypeNode(one)) return;
    if (ts.isIdentifier(one) && !isPropertyName(one)) names.add(one.text);
    ts.forEachChild(one, visit);
  };
  visit(node);
  return names;
}

function isPropertyName(identifier: ts.Identifier): boolean {
  const { parent } = identifier;
  if (ts.isBindingElement(parent)) return parent.propertyName === identifier;
  return (ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent)) && parent.name === identifier;
}

/**
 * Code from which `export` and everything for the type checker is removed: Postman doesn't need them, and each line takes
 * time in every run. A comment of which one line is left is put on one line.
 */
function codeOf(text: string, file: string): string {
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  const code = file.endsWith('.ts') ? ts.transpileModule(text, { compilerOptions }).outputText : text;
  return code
    .replace(/^"use strict";/, '')
    .trimStart()
    .replaceAll(/^\/\*\*\n(?: \*.*\n)*? \* @typedef[\s\S]*?\*\/\n+/gm, '')
    .replaceAll(/^ \* @.*\n/gm, '')
    .replaceAll(/^\/\*\*\n( \*\n)* \*\/\n/gm, '')
    .replaceAll(/^\/\*\*\n \* (.*)\n \*\/\n/gm, '/** $1 */\n')
    .replaceAll(/^ *(\/\*\* @.*\*\/|\/\/ @ts-.*)\n/gm, '')
    .replaceAll(/\/\*\* @type \{[^*]*\} \*\/\s/g, '')
    .replaceAll(/^export (?=(?:async )?function |const )/gm, '')
    .trim();
}
