import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type * as ContextModule from '../../scripts/context';
import { exitCodeMeanings } from '../../scripts/manual/exit-codes';
import { exitCodesHelp, variablesHelp } from '../../scripts/manual/topics';
import { helpWidth, wrapped } from '../../scripts/manual/wrapped';
import { verbs } from '../../scripts/program';
import type * as ProgramModule from '../../scripts/program';
import { silentConsole } from '../../scripts/terminal/silent';
import { widthOf } from '../../scripts/text/columns';
import { built } from '../proofs/support/built';
import { makeWorkplace } from '../support/program';
import { projectFolder } from '../support/project';
import { isWithoutTerminal, startOnTerminal } from '../support/terminal';

const place = makeWorkplace();
const cli = path.join(projectFolder(), 'dist/cli.js');

const { newProgram, defineCommands } = built<typeof ProgramModule>('program');
const { systemContext } = built<typeof ContextModule>('context');

/** What is printed, with the commands in it as its sources have them. */
async function helpOf(...words: readonly string[]): Promise<string> {
  const printed: string[] = [];
  const print = (text: string): void => void printed.push(text.trimEnd());
  const program = newProgram('0').exitOverride();
  program.configureOutput({ writeOut: print, getOutHelpWidth: () => 80 });
  const context = systemContext({ folder: place.folder, console: { ...silentConsole(), print } });
  const exitCodes: number[] = [];
  defineCommands(
    program,
    words,
    () => context,
    (code) => exitCodes.push(code),
  );
  await program.parseAsync(words, { from: 'user' }).catch((error: unknown) => {
    expect(error).toMatchObject({ code: 'commander.helpDisplayed' });
  });
  expect(exitCodes.filter((code) => code !== 0)).toEqual([]);
  return printed.join('\n');
}

/** The lines that are wider, but for commands, which stay whole for the clipboard. */
function widerThan(width: number, text: string): string[] {
  return text.split('\n').filter((line) => widthOf(line) > width && !/^\s*\$ /.test(line));
}

describe('help', () => {
  test.each(['', ...Object.keys(verbs)])('%s fits 80 columns', async (verb) => {
    const words = verb === '' ? [] : [verb];
    const text = await helpOf(...words, '--help');
    expect(widerThan(80, text)).toEqual([]);
    expect(await helpOf('help', ...words)).toBe(text);
  });

  test.each(['exit-codes', 'environment'])('%s fits 80 columns', async (topic) => {
    expect(widerThan(80, await helpOf('help', topic))).toEqual([]);
  });

  test.skipIf(isWithoutTerminal)('fits a terminal that is narrower, and a wide one has lines of 80', async () => {
    const screens = [48, 200].map(async (columns) => {
      const { screen } = await startOnTerminal(place.folder, ['refresh', '--help'], { columns, lines: 24 }).ended;
      return screen.replaceAll('\r', '').replaceAll(`node ${cli}`, 'npx evergrant');
    });
    const [narrow = '', wide = ''] = await Promise.all(screens);
    expect(widerThan(48, narrow)).toEqual([]);
    expect(narrow).toContain('EVERGRANT_CONSENT_LINK_GOOD_UNTIL');
    expect(wide.trimEnd()).toBe(await helpOf('refresh', '--help'));
  });

  test.each([
    ['refrsh', 'did you mean refresh? see what there is: npx evergrant help'],
    ['exit-code', 'did you mean exit-codes? see what there is: npx evergrant help'],
    ['zzzzzzzz', 'see what there is: npx evergrant help'],
  ])('of %s, which there is not, says so', async (topic, hint) => {
    const { code, stdout, stderr } = await place.run(['help', topic]);
    expect([code, stdout, stderr.split('\n')[1]]).toEqual([2, '', `  → ${hint}`]);
  });

  test.each([
    ['client', 'add'],
    ['store', 'migrate'],
  ])('of %s %s is what --help says there', async (verb, part) => {
    const text = await helpOf('help', verb, part);
    expect(text).toMatch(new RegExp(`^Usage: evergrant ${verb} ${part} `));
    expect(widerThan(80, text)).toEqual([]);
    expect(await helpOf(verb, part, '--help')).toBe(text);
  });

  test.each([
    [['store', 'migrat'], 'npx evergrant help store'],
    [['zzz', 'migrate'], 'npx evergrant help'],
  ])('of %j says where to look', async (words, hint) => {
    const { code, stderr } = await place.run(['help', ...words]);
    expect([code, stderr.split('\n')[1]]).toEqual([2, `  → see what there is: ${hint}`]);
  });

  test('of another name of a verb is the verb’s', async () => {
    expect(await helpOf('help', 'import')).toMatch(/^Usage: evergrant adopt\|import /);
  });
});

test.each(['-v', '-V', '--version'])('%s prints the version', async (flag) => {
  const { version } = JSON.parse(fs.readFileSync('package.json', 'utf8')) as { version: string };
  expect(await place.run([flag])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

test('the help of exit codes says what the main page says', () => {
  const rows = [...fs.readFileSync('README.md', 'utf8').matchAll(/^\| (\d) +\| (.*?) +\| (.*?) *\|$/gm)];
  expect(rows.map(([, code, meaning, next]) => [code, meaning?.replaceAll('`', ''), next])).toEqual(exitCodeMeanings);
  expect(exitCodesHelp(80)).toContain('  4  Xero or the network is not answering; nothing is lost; run again\n');
});

test('the help of variables has all that .env.example has', () => {
  const example = fs.readFileSync('.env.example', 'utf8');
  const shown = variablesHelp(example, 60);
  expect(
    example
      .match(/^# [A-Z_]+=/gm)
      ?.map((line) => line.slice(2))
      .filter((name) => !shown.includes(name)),
  ).toEqual([]);
  const words = (text: string): string[] => text.match(/[a-z]{3,}/g) ?? [];
  expect(words(shown)).toEqual(words(example));
  expect(shown).not.toMatch(/^#|---/m);
});

describe('wrapped', () => {
  test.each([
    ['a b c', 3, 0, 'a b\nc'],
    ['aaaa b', 3, 0, 'aaaa\nb'],
    ['a b\n\nc', 10, 2, '  a b\n\n  c'],
    ['  $ a long command', 5, 0, '  $ a long command'],
  ])('%j in lines of %i', (text, width, indent, expected) => {
    expect(wrapped(text, width, indent)).toBe(expected);
  });

  test('no help is wider than 80 columns, or the window', () => {
    expect([undefined, 40, 200].map(helpWidth)).toEqual([80, 40, 80]);
  });
});
