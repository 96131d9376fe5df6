import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { scenarios } from '../../scripts/qa/scenarios/all';
import { misfits, trials } from './mutants';

const folder = 'scripts/qa/scenarios';
const page = readFileSync(path.join(folder, 'README.md'), 'utf8');
const bare = (code: string): string => code.replaceAll(/^ +/gm, '').trim();

/** The code blocks of the page in one language, each with the file that it is from. */
function blocks(language: string): { file: string; code: string }[] {
  const found = page.matchAll(new RegExp(`^\`\`\`${language} ?(\\S*)\\n(.*?)^\`\`\`$`, 'gms'));
  return [...found].map(([, file = '', code = '']) => ({ file, code }));
}

describe('the page about a scenario of one’s own', () => {
  const [id = ''] = /QA-\d+/.exec(blocks('ts')[0]?.code ?? '') ?? [];

  test('shows a scenario and a mutant that are here, so that the runs of both try them', () => {
    expect(blocks('ts').map(({ file }) => file)).toEqual(['refresh.ts', 'refresh-mutants.ts']);
    const [scenario, mutant] = blocks('ts');
    expect(bare(readFileSync(path.join(folder, 'refresh.ts'), 'utf8'))).toContain(bare(scenario?.code ?? '-'));
    expect(bare(readFileSync('test/qa/refresh-mutants.ts', 'utf8'))).toContain(bare(mutant?.code ?? '-'));
    expect(scenarios.map((one) => one.id)).toContain(id);
    expect(trials().map((one) => one.id)).toContain(id);
  });

  test('quotes what is said where a mutant is missing', () => {
    const unused = 'QA-999';
    const ids = [...scenarios.map((one) => one.id), unused];
    expect(misfits(ids, '.')).toEqual([`${unused} has no mutant`]);
    expect(page).toContain(`\`${id} has no mutant\``);
  });

  test('names commands and files that are there', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
    const commands = [...page.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name);
    expect(commands.filter((name) => !(name in scripts))).toEqual([]);
    expect(new Set(commands)).toEqual(new Set(['qa', 'embed', 'qa-mutants', 'test:proofs', 'test:clients']));
    const links = [...page.matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => path.join(folder, target));
    for (const target of links) expect(readFileSync(target, 'utf8')).not.toBe('');
  });

  test('names every property that a step can expect, and every function that makes steps', () => {
    const code = readFileSync(path.join(folder, 'scenario.ts'), 'utf8').replace(/^.*export interface Expectation/s, '');
    const properties = [...code.matchAll(/readonly (\w+)\?/g)].map(([, name = '']) => name);
    const named = ['status', 'body', 'headers', 'refusal', 'heldBack', 'kept', 'changed', 'environment', 'ahead'];
    expect(properties).toEqual(expect.arrayContaining(named));
    expect(named.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});
