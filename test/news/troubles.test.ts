import { describe, expect, test } from 'vitest';
import type { Trouble } from '../../scripts/history/trouble';
import { newsOf, type Finding, type News } from '../../scripts/news/troubles';

const minuteMs = 60_000;
const start = Date.parse('2026-11-22T10:00:00.000Z');

/** What one run finds: of each environment its outcome, `well`, `quiet` for an end that nobody is told of, or `unknown`. */
type Found = Readonly<Record<string, string>>;

const codes: Readonly<Record<string, string>> = { temporary_failure: 'not_answering', refused: 'invalid_client' };

function findingOf([name, found]: [string, string]): Finding {
  if (found === 'unknown') return { name, trouble: 'unknown' };
  if (found === 'well' || found === 'quiet') return { name, trouble: undefined, endsInSilence: found === 'quiet' };
  return { name, trouble: { outcome: found, code: codes[found] ?? found } };
}

/** The news of some runs, ten minutes from each other: `+` began, `-` ended. */
function told(runs: readonly Found[], everyMs = 10 * minuteMs): string[][] {
  let known: readonly Trouble[] = [];
  return runs.map((found, at) => {
    const now = new Date(start + at * everyMs);
    const isXeroAnswering = Object.values(found).includes('well');
    const news: News = newsOf(known, { findings: Object.entries(found).map(findingOf), isXeroAnswering, now });
    known = news.known;
    return [
      ...news.begun.map(({ outcome, names }) => `+${outcome} ${names.join(' ')}`),
      ...news.ended.map(({ outcome, names }) => `-${outcome} ${names.join(' ')}`),
    ];
  });
}

describe('what is told of some runs in a row', () => {
  test.each<[string, Found[], string[][]]>([
    ['all is well', [{ a: 'well' }, { a: 'well' }], [[], []]],
    [
      'a refused secret, until it is mended',
      [{ a: 'refused' }, { a: 'refused' }, { a: 'well' }, { a: 'well' }],
      [['+refused a'], [], ['-refused a'], []],
    ],
    [
      'each environment for itself, but those of one run together',
      [
        { a: 'refused', b: 'refused' },
        { a: 'refused', b: 'refused', c: 'refused' },
        { a: 'well', b: 'refused', c: 'refused' },
      ],
      [['+refused a b'], ['+refused c'], ['-refused a']],
    ],
    [
      'another trouble in the place of one',
      [{ a: 'refused' }, { a: 'consent_needed' }, { a: 'well' }],
      [['+refused a'], ['+consent_needed a'], ['-consent_needed a']],
    ],
    [
      'an outage, whoever joins later',
      [
        { a: 'temporary_failure', b: 'well' },
        { a: 'temporary_failure', b: 'temporary_failure' },
        { a: 'well', b: 'temporary_failure' },
        { a: 'well', b: 'well' },
      ],
      [['+temporary_failure a'], [], [], ['-temporary_failure b']],
    ],
    [
      'a refused secret through an outage',
      [
        { a: 'refused', b: 'well' },
        { a: 'temporary_failure', b: 'temporary_failure' },
        { a: 'temporary_failure', b: 'temporary_failure' },
        { a: 'refused', b: 'well' },
        { a: 'well', b: 'well' },
      ],
      [['+refused a'], ['+temporary_failure a b'], [], ['-temporary_failure a b'], ['-refused a']],
    ],
    [
      'a run that was cut short, or an environment of which nothing is known',
      [{ a: 'refused', b: 'well' }, { a: 'unknown' }, { a: 'refused', b: 'well' }],
      [['+refused a'], [], []],
    ],
    ['one that was handed over, or removed', [{ a: 'refused', b: 'refused' }, { a: 'quiet' }], [['+refused a b'], []]],
  ])('%s', (_, runs, news) => {
    expect(told(runs)).toEqual(news);
  });

  test('an environment that fails while others are refreshed hides no outage after half an hour', () => {
    const alone = { a: 'temporary_failure', b: 'well', c: 'well' };
    const outage = { a: 'temporary_failure', b: 'temporary_failure', c: 'temporary_failure' };
    const well = { a: 'well', b: 'well', c: 'well' };
    expect(told([alone, alone, alone, alone, outage, outage, alone, well])).toEqual([
      ['+temporary_failure a'],
      [],
      [],
      [],
      ['+temporary_failure b c'],
      [],
      ['-temporary_failure b c'],
      ['-temporary_failure a'],
    ]);
  });
});

test('an outage of many beside many that need a consent is told at once', () => {
  const now = new Date(start);
  const named = (count: number, outcome: string, code: string): Pick<Trouble, 'name' | 'outcome' | 'code'>[] =>
    Array.from({ length: count }, (_, at) => ({ name: `${outcome}-${at}`, outcome, code }));
  const needing = named(10_000, 'consent_needed', 'consent_needed');
  const before = needing.map((one): Trouble => ({ ...one, since: now, saidAt: now, isOwn: false }));
  const found = [...needing, ...named(40_000, 'temporary_failure', 'not_answering')];
  const findings = found.map(({ name, ...trouble }): Finding => ({ name, trouble }));
  const started = process.cpuUsage();
  const { begun, ended } = newsOf(before, { findings, isXeroAnswering: false, now });
  expect([begun.map(({ names }) => names.length), ended]).toEqual([[40_000], []]);
  expect(process.cpuUsage(started).user / 1000).toBeLessThan(2000);
});
