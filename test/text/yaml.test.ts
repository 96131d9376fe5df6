import { expect, test } from 'vitest';
import { readYaml } from '../../scripts/text/yaml';

test('numbers and words stay as they are written, and true, false and null are values', () => {
  const text = "a: 0012\nb: 1e400\nc: true\nd: 'true'\ne:\nf: ~\ng: '~'\nh: 2026-01-01\ntrue: no\n";
  expect(readYaml(text)?.data).toEqual({
    ...{ a: '0012', b: '1e400', c: true, d: 'true', e: null, f: null, g: '~', h: '2026-01-01', true: 'no' },
  });
});

test.each([
  ['an open quote', 'a: "b'],
  ['two documents', 'a: 1\n---\nb: 2\n'],
  ['aliases that grow without end', ['a: &a [x, x]', ...words()].join('\n')],
  ['an alias of nothing', 'a: *b'],
])('%s is no YAML', (_, text) => {
  expect(readYaml(text)).toBeUndefined();
});

/** Ten lists, each of ten times the one before. */
function words(): string[] {
  const names = 'bcdefghij'.split('');
  return names.map(
    (name, at) =>
      `${name}: &${name} [${Array(10)
        .fill(`*${names[at - 1] ?? 'a'}`)
        .join()}]`,
  );
}

test.each<[string, (string | number)[], number]>([
  ['a value', ['url'], 2],
  ['a row of a list', ['rows', 1], 6],
  ['the first line of a block', ['scripts', 0, 'code'], 9],
  ['what is around it where there is no such part', ['rows', 7], 4],
  ['the file where there is nothing around it', ['other', 'x'], 1],
])('knows the line of %s', (_, keys, line) => {
  const text =
    '$kind: x\nurl: y\nrows:\n  - key: a\n    value: b\n  - key: c\nscripts:\n  - code: |-\n      one();\n      two();\n';
  expect(readYaml(text)?.lineOf(keys)).toBe(line);
});

test('nothing of a text becomes a prototype', () => {
  const data = readYaml('__proto__:\n  polluted: yes\n')?.data as object;
  expect([Object.getPrototypeOf(data), 'polluted' in {}]).toEqual([Object.prototype, false]);
});
