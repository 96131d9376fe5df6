import fs from 'node:fs';
import path from 'node:path';
import { split } from 'shlex';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { commandsIn, take } from '../support/commands';

/** Texts for developers of this project, and of programs that it describes. */
const isLeftOut = (file: string): boolean => /^(qa\/scenarios|collection|package)\//.test(file);

const sources = fs
  .readdirSync('scripts', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !isLeftOut(file));

/** Every text in a source file, with `acme` for what is put into it. */
function textsIn(file: string): string[] {
  const texts: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) texts.push(node.text);
    if (ts.isTemplateExpression(node)) {
      texts.push(node.head.text + node.templateSpans.map(({ literal }) => `acme${literal.text}`).join(''));
    }
    ts.forEachChild(node, visit);
  };
  const code = fs.readFileSync(path.join('scripts', file), 'utf8');
  visit(ts.createSourceFile(file, code, ts.ScriptTarget.ES2022));
  return texts;
}

const commands = sources.flatMap((file) =>
  textsIn(file)
    .flatMap((text) => commandsIn(text, 'npx evergrant'))
    .map((command): [string, string] => [command, file]),
);

test('there are commands in the texts of the program', () => {
  expect(commands.length).toBeGreaterThan(50);
});

test.each(commands)('"%s" of %s can be copied and run, with no word of a sentence behind it', (command) => {
  if (!command.startsWith('acme')) take(command); // its verb is in the text
  const operands = split(command)
    .slice(1)
    .filter((word) => /^[a-z]/.test(word));
  expect(
    operands.filter(
      (word) =>
        !/^(acme)+\b|^[a-z_]+=|^(web|custom_connection|kubernetes)$|^node notify|^(bash|zsh|fish|powershell)$|^(migrate|import|export|check)$|^(add|rotate|remove|list|reports)$|^(init|status|reseal|retire|recover)$/.test(
          word,
        ),
    ),
  ).toEqual([]);
});

/** A command of a shell that takes a file, up to where something is put into it. */
const filesCommand =
  /(?:^|[ :(])(?:sudo )?(?:chmod|chown|rm|mkdir|mv|cp|install|git (?:rm|-C)|cat|curl .*>)(?: [^;,()&]*)? $/;

/** What is put into commands and needs no quotes: users, groups and modes, and what is quoted where it is made. */
const plainWords = /^(?:thisUser\(\)|(?:.*\.)?user|user\.name|uid|home|shellQuoted\(.*\))$/s;

/** Each text that is put into a command of a shell where a file's name stands. */
function putIntoCommands(file: string): string[] {
  const found: string[] = [];
  const code = fs.readFileSync(path.join('scripts', file), 'utf8');
  const source = ts.createSourceFile(file, code, ts.ScriptTarget.ES2022);
  const visit = (node: ts.Node): void => {
    if (ts.isTemplateExpression(node)) {
      let before = node.head.text;
      for (const { expression, literal } of node.templateSpans) {
        const word = expression.getText(source);
        const isQuotedBefore = code.includes(`const ${word} = shellQuoted(`);
        if (filesCommand.test(before)) found.push(isQuotedBefore ? `shellQuoted(${word})` : word);
        before += `_${literal.text}`;
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

test('a path in a command to copy is quoted for the shell', () => {
  const hinting = sources.filter((file) => file !== 'schedule/containerfile.ts');
  const found = hinting.flatMap((file) => putIntoCommands(file).map((word) => `${file}: ${word}`));
  expect(found.length).toBeGreaterThan(20);
  expect(found.filter((one) => !plainWords.test(one.replace(/^[^:]*: /, '')))).toEqual([]);
});
