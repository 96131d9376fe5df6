import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { daysIn } from '../../../scripts/environment/files/attempts/read-days';
import { makeFolder } from './children';

const now = new Date('2026-11-22T10:00:00.000Z');

/** A folder whose newest log, and the ones before, have these lines. */
function folderWith(...logs: readonly string[]): string {
  const folder = makeFolder();
  fs.mkdirSync(path.join(folder, '.evergrant'));
  for (const [at, text] of logs.entries()) {
    const file = path.join(folder, '.evergrant', at === 0 ? 'log.jsonl' : `log.${at}.jsonl`);
    fs.writeFileSync(file, text);
    fs.utimesSync(file, now, now);
  }
  return folder;
}

const line = (day: string, outcome: string, name = 'acme'): string =>
  `{"at":"2026-11-${day}T01:02:03.000Z","environment":"${name}","outcome":"${outcome}","durationMs":12}\n`;

test('days are counted over all logs, whatever the order of a line’s properties', () => {
  const swapped = '{"outcome":"refreshed","environment":"acme","at":"2026-11-21T00:00:00.000Z"}\n';
  const folder = folderWith(
    line('22', 'refreshed') + swapped,
    line('20', 'temporary_failure') + line('20', 'refreshed'),
  );
  const days = daysIn(folder, now).byName.get('acme');
  expect([days?.from, [...(days?.successes.slice(-3) ?? [])], [...(days?.failures.slice(-3) ?? [])]]).toEqual([
    57,
    [1, 1, 1],
    [1, 0, 0],
  ]);
});

test.each([
  ['no log', undefined],
  ['an empty one', ''],
  [
    'lines of another kind',
    'not JSON\n{"at":"never"}\n[]\nnull\n{"at":"2026-11-22T00:00:00Z","environment":"acme","outcome":"other"}\n',
  ],
  ['a line that is cut off', line('22', 'refreshed').slice(0, 40)],
])('%s counts as empty', (_, text) => {
  const folder = text === undefined ? makeFolder() : folderWith(text);
  expect([...daysIn(folder, now).byName]).toEqual([]);
});

test('a log of more than one piece loses no line, and a folder of ten thousand is read in a moment', () => {
  const names = Array.from({ length: 10_000 }, (_, at) => `customer-${at}`);
  const folder = folderWith(
    Array.from({ length: 6 }, (_, day) => names.map((name) => line(`${15 + day}`, 'refreshed', name)).join('')).join(
      '',
    ),
  );
  const { byName } = daysIn(folder, now);
  expect(byName.size).toBe(10_000);
  expect(new Set([...byName.values()].map(({ successes }) => successes.join()))).toHaveProperty('size', 1);
});
