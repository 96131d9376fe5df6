import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { manPages } from '../../scripts/manual/man-page';
import type { CommandLine } from '../../scripts/manual/command-line';
import { projectFolder } from '../support/project';
import { isWithoutShell } from '../support/system-tools';

const folder = path.join(projectFolder(), 'dist/man');
const pages = fs.readdirSync(folder).sort();

test('package.json names every page, so that npm puts them where man looks', () => {
  const { man } = JSON.parse(fs.readFileSync('package.json', 'utf8')) as { man: readonly string[] };
  expect(man).toEqual(pages.map((page) => `./dist/man/${page}`));
});

test('a page has what the help has', () => {
  const text = fs.readFileSync(path.join(folder, 'evergrant-refresh.1'), 'utf8');
  for (const part of ['\\-\\-keep\\-alive', '.SH "EXAMPLES"\n', '$ evergrant refresh acme', 'EVERGRANT_ON_FAILURE']) {
    expect(text).toContain(part);
  }
});

test('no page names npx: where there are man pages, the program is installed', () => {
  const named = pages.filter((page) => fs.readFileSync(path.join(folder, page), 'utf8').includes('npx'));
  expect(named).toEqual([]);
});

describe('the man pages', () => {
  test.skipIf(isWithoutShell('groff'))('are read by groff without a warning', () => {
    for (const page of pages) {
      const args = ['-ww', '-man', '-Tutf8', '-Kutf8', '-z', path.join(folder, page)];
      expect([page, spawnSync('groff', args, { encoding: 'utf8' }).stderr]).toEqual([page, '']);
    }
  });

  test.skipIf(isWithoutShell('mandoc'))('are read by mandoc without a remark', () => {
    const args = ['-T', 'lint', '-W', 'style', ...pages.map((page) => path.join(folder, page))];
    expect(spawnSync('mandoc', args, { encoding: 'utf8' })).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });

  test.skipIf(isWithoutShell('mandoc'))('show any text as it is written', () => {
    const nasty = '.TH x \\fB \'quoted\' "twice" -- …';
    const verb = { name: 'x', aliases: [], usage: 'p x', operands: [], flags: [], summary: nasty, notes: `.${nasty}` };
    const line: CommandLine = { program: 'p', summary: nasty, flags: [], verbs: [verb], notes: `  $ p ${nasty}` };
    const texts = Object.values(manPages(line, { version: '1', day: '2026-11-22' }));
    for (const text of texts) {
      const shown = execFileSync('mandoc', ['-T', 'utf8', '-O', 'width=200'], { input: text, encoding: 'utf8' });
      expect(shown).toContain(nasty);
    }
  });
});
