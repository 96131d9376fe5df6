import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { statusColumns } from '../../scripts/status/cells';
import { cut, layOut, widthOf } from '../../scripts/text/columns';

const row = [
  'acme-books',
  'connected',
  'Maple Bakery and Sons of Vancouver',
  '29 min',
  '2027-01-20, in 59 d',
  'refreshed 4 min ago',
];

function lines(limit = Infinity, rows: readonly (readonly string[])[] = [row]): string[] {
  return layOut(statusColumns, rows, limit).map((cells) => cells.join('  ').trimEnd());
}

describe('the table', () => {
  test('is as wide as its cells where nothing limits it', () => {
    expect(lines()).toEqual([
      'ENVIRONMENT  STATE      ORGANISATION                        ACCESS TOKEN  CONSENT NEEDED BY    LAST OUTCOME',
      'acme-books   connected  Maple Bakery and Sons of Vancouver  29 min        2027-01-20, in 59 d  refreshed 4 min ago',
    ]);
  });

  test.each<[number, string]>([
    [100, 'acme-books   connected  Maple Bakery and So…  29 min        2027-01-20, in 59 d  refreshed 4 min ago'],
    [84, 'acme-books   connected  Maple B…  29 min        2027-01-20, in 59 d  refreshed 4 mi…'],
    [80, 'acme-books   connected  Maple B…  29 min        2027-01-20, in 59 d  refreshed …'],
    [72, 'acme-books   connected  Maple B…  29 min   2027-01-20, in 5…  refreshed…'],
    [50, 'acme-books   connected  Maple B…  29 min'],
    [8, 'acme-bo…'],
  ])('is shortened to lines of %i characters, the organisation first', (limit, expected) => {
    expect(lines(limit)[1]).toBe(expected);
  });

  test('never has a line that is longer than the limit, whatever the names are', () => {
    const cell = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.string({ maxLength: 40 }));
    const rows = fc.array(fc.tuple(cell, cell, cell, cell, cell, cell), { maxLength: 5 });
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 200 }), (cells, limit) => {
        const wide = lines(limit, cells).filter((line) => widthOf(line) > limit);
        expect(wide).toEqual([]);
      }),
    );
  });

  test('is aligned when characters take two columns each', () => {
    const [, japanese = '', english = ''] = lines(Infinity, [row.with(2, '山田製作所'), row.with(2, 'Yamada')]);
    expect(widthOf(japanese.slice(0, japanese.indexOf('29')))).toBe(english.indexOf('29'));
  });
});

test.each([
  ['Maple', 5, 'Maple'],
  ['Maple', 4, 'Map…'],
  ['Maple', 1, '…'],
  ['Maple', 0, ''],
  ['山田製作所', 10, '山田製作所'],
  ['山田製作所', 9, '山田製作…'],
  ['山田製作所', 8, '山田製…'],
  ['Süß', 2, 'S…'],
])('%s in %i columns is %s', (text, width, expected) => {
  expect(cut(text, width)).toBe(expected);
});
