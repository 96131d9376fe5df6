import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { outsideOf } from '../../scripts/io/outside';
import { makeFolder, startChild } from './children';

let folder: string;

beforeEach(() => {
  folder = makeFolder();
});

const write = (text: string): void => fs.writeFileSync(path.join(folder, '.env'), text);

describe('what comes from outside', () => {
  test.each<[string, Record<string, string | undefined>, string, Record<string, string>]>([
    ['the process, without a .env', { A: '1' }, '', { A: '1' }],
    ['.env', {}, 'A=1\nB=2\n', { A: '1', B: '2' }],
    ['the process over .env', { A: 'process' }, 'A=file\nB=2', { A: 'process', B: '2' }],
    ['.env when the process has it blank', { A: '' }, 'A=file', { A: 'file' }],
    ['.env when the process has it not', { A: undefined }, 'A=file', { A: 'file' }],
    ['quoted values', {}, 'A="one two"\nB=\'$x\'\nexport C=3 # why', { A: 'one two', B: '$x', C: '3' }],
    ['Windows line ends', {}, 'A=1\r\nB=2\r\n', { A: '1', B: '2' }],
    ['values with signs', {}, 'A=a+b/c==', { A: 'a+b/c==' }],
    ['the lines that make sense', {}, 'nonsense\nA=1', { A: '1' }],
    ['nothing', {}, '', {}],
  ])('is %s', (_, variables, text, expected) => {
    if (text !== '') write(text);
    expect(outsideOf(variables, folder)).toEqual(expected);
  });

  test('is an error when .env cannot be read', () => {
    fs.mkdirSync(path.join(folder, '.env'));
    expect(() => outsideOf({}, folder)).toThrow(
      expect.objectContaining({
        kind: 'invalid',
        code: 'unreadable',
        message: `cannot read ${path.join(folder, '.env')} (EISDIR)`,
      }),
    );
  });

  test('changes no variable of the process and says nothing', async () => {
    write('EVERGRANT_PROBE=from-file');
    const child = startChild(
      `const { outsideOf } = dist('io/outside.js');
       const outside = outsideOf(process.env, args[0]);
       say(outside.EVERGRANT_PROBE + ' ' + process.env.EVERGRANT_PROBE);`,
      [folder],
    );
    expect([await child.line(), await child.line()]).toEqual(['from-file undefined', null]);
  });
});
