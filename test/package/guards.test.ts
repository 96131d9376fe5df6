import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { cruise, type ICruiseResult, type IFlattenedRuleSet } from 'dependency-cruiser';
import { ESLint } from 'eslint';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'guards-'));

afterAll(() => fs.rmSync(folder, { recursive: true }));

test('no folder has more than 27 files, so that each is seen at a glance', () => {
  const roots = ['scripts', 'test', 'collections/src'];
  const files = roots.flatMap((root) => fs.readdirSync(root, { recursive: true, withFileTypes: true }));
  const counts = new Map<string, number>();
  for (const { parentPath } of files.filter((entry) => entry.isFile()))
    counts.set(parentPath, (counts.get(parentPath) ?? 0) + 1);
  expect([...counts].filter(([where, count]) => count > 27 && !where.includes('node_modules'))).toEqual([]);
});

describe('imports', () => {
  const sources = {
    'text/one.ts': "import type { Two } from './two';\nexport interface One { two: Two }",
    'text/two.ts': "import type { One } from './one';\nexport interface Two { one: One }",
    'refresh/typed.ts': "export type { Result } from '../fleet/result';",
    'refresh/late.ts': "export const late = () => require('../fleet/result') as typeof import('../fleet/result');",
    'environment/store.ts': "import { readFileSync } from 'node:fs';\nexport const read = readFileSync;",
    'consent/judge.ts': "export const run = () => require('node:child_process') as unknown;",
    'environment/files/file-store.ts': "import fs from 'node:fs';\nexport const read = fs.readFileSync;",
    'commands/status.ts': "import { start } from '../sandbox/start';\nexport const status = start;",
    'commands/demo.ts': "import { start } from '../sandbox/start';\nexport const demo = start;",
    'fleet/result.ts': "import type { NewmanRunSummary } from 'newman';\nexport type Result = NewmanRunSummary;",
    'helpers/all.ts': "import '../text/one';",
    'sandbox/start.ts': 'export const start = 1;',
  };

  test('that the rules forbid are found, and no others', async () => {
    for (const [file, text] of Object.entries(sources)) {
      fs.mkdirSync(path.join(folder, 'scripts', path.dirname(file)), { recursive: true });
      fs.writeFileSync(path.join(folder, 'scripts', file), text);
    }
    expect((await brokenRules()).sort()).toEqual(
      [
        'consent/judge.ts: rooms that decide touch nothing',
        'commands/status.ts: nothing that is shipped depends on the sandbox',
        'environment/store.ts: rooms that decide touch nothing',
        'fleet/result.ts: Newman is run and reported on in its own rooms',
        'helpers/all.ts: every file is in a room',
        'refresh/late.ts: refresh uses no room above it',
        'refresh/typed.ts: refresh uses no room above it',
        'text/one.ts: no circles',
      ].sort(),
    );
  });

  async function brokenRules(): Promise<string[]> {
    const { default: config } = (await import(path.resolve('.config/dependency-cruiser.mjs'))) as {
      default: IFlattenedRuleSet & { options: object };
    };
    const { options, ...ruleSet } = config;
    const { output } = await cruise(['scripts'], { ...options, ruleSet, validate: true, baseDir: folder });
    const { violations } = (output as ICruiseResult).summary;
    return violations.map(({ from, rule }) => `${from.replace(/^scripts\//, '')}: ${rule.name}`);
  }
});

describe('code', () => {
  let eslint: ESLint;

  beforeAll(() => {
    eslint = new ESLint({ overrideConfigFile: '.config/eslint.mjs' });
  });

  async function rulesBroken(file: string, text: string): Promise<(string | null)[]> {
    const [result] = await eslint.lintText(text, { filePath: file });
    return result?.messages.map(({ ruleId }) => ruleId) ?? [];
  }

  const later = 'async function later(): Promise<void> { await Promise.resolve(); }\n';

  test.each([
    [
      'a promise that nothing waits for',
      'hooks/notify.ts',
      `${later}later();`,
      '@typescript-eslint/no-floating-promises',
    ],
    [
      'a promise for a condition',
      'hooks/notify.ts',
      `${later}if (later()) throw new Error();`,
      '@typescript-eslint/no-misused-promises',
    ],
    [
      'a value of any type',
      'hooks/notify.ts',
      "export const { a } = JSON.parse('{}');",
      '@typescript-eslint/no-unsafe-assignment',
    ],
    [
      'the process, in a room that decides',
      'environment/store.ts',
      'export const { pid } = process;',
      'no-restricted-globals',
    ],
    [
      'a pattern that takes quadratic time',
      'text/scrub.ts',
      "export const cut = (text: string): string => text.replace(/=+$/, '');",
      'regexp/no-super-linear-move',
    ],
    [
      'a pattern that takes exponential time',
      'text/scrub.ts',
      'export const isNumbers = (text: string): boolean => /^(?: ?\\d+)+$/.test(text);',
      'regexp/no-super-linear-backtracking',
    ],
  ])('fails the check with %s', async (_, file, text, rule) => {
    expect(await rulesBroken(`scripts/${file}`, text)).toContain(rule);
  });

  test('of environment/files may use the process', async () => {
    expect(await rulesBroken('scripts/environment/files/dotenv.ts', 'export const { pid } = process;\n')).toEqual([]);
  });

  test('of Postman scripts fails the check with eval', async () => {
    expect(await rulesBroken('collections/src/_shared/made-up.js', "eval('1');\n")).toEqual(['no-eval']);
  });
});
