import fs from 'node:fs';
import { expect, test } from 'vitest';
import { foundIn, measureSealed } from './sealed';
import { bench } from './bench';
import { putInto, tableOf } from './table';

test('the bench measures every figure, and kills lose and cross nothing', async () => {
  const rows = await bench({ fleet: 30, loop: 1, iterations: 5, rounds: 1, kills: 1 }, 20261122);
  expect(rows).toHaveLength(11);
  for (const { what, measured } of rows)
    expect([what, measured]).toEqual([what, expect.not.stringMatching(/NaN|Infinity/)]);
  expect(rows.at(-1)).toMatchObject({ measured: '0 tokens lost, 0 values crossed', isMet: true });
});

test('the README has a place for the table, and what was there is replaced', () => {
  const rows = [{ what: 'a figure', measured: '2 s', limit: '1 s', isMet: false }];
  const readme = putInto(fs.readFileSync('README.md', 'utf8'), tableOf(rows));
  expect(readme).toContain('| a figure | 2 s (missed) | 1 s |');
  expect(putInto(readme, 'other')).not.toContain('a figure');
  expect(() => putInto('no place', 'x')).toThrow('no place for the table');
});

test('a secret that is not sealed is found in any encoding', () => {
  const folder = fs.mkdtempSync('/tmp/evergrant-bench-');
  const secret = 'rt-0-#7#';
  const all = [secret, ...(['base64', 'base64url', 'hex'] as const).map((one) => Buffer.from(secret).toString(one))];
  fs.writeFileSync(`${folder}/all.json`, JSON.stringify(all));
  expect(foundIn(folder)).toBeGreaterThanOrEqual(4);
  fs.rmSync(folder, { recursive: true });
});

test('sealing is measured: what it costs, and that nothing leaks or is lost', async () => {
  const rows = await measureSealed({ fleet: 12, rounds: 1 });
  const facts = rows.filter(({ what }) => /secrets found|exit codes/.test(what));
  expect(facts.map(({ measured }) => measured)).toEqual(['0', '0']);
}, 600_000);
