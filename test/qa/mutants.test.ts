import { expect, test } from 'vitest';
import { scenarios } from '../../scripts/qa/scenarios/all';
import { misfits, trials } from './mutants';
import { tryMutants } from './mutation';
import { shuffled } from './shuffled';

const trial = {
  id: 'QA-420',
  breaks: 'nothing',
  file: 'dist/sandbox/control/fault-player.js',
  find: 'exports.playFaults',
};

test.each([
  ['survives when nothing is broken', 'survived', 'exports.playFaults'],
  ['counts for nothing when the sandbox cannot start', 'broken', 'exports.playFaults = ('],
])(
  'a mutant %s',
  async (_what, outcome, put) => {
    expect((await tryMutants([{ ...trial, put }], 1)).map((verdict) => verdict.outcome)).toEqual([outcome]);
  },
  120_000,
);

test('every scenario has a mutant that can be made, and every mutant a scenario', () => {
  const ids = scenarios.map(({ id }) => id);
  expect(misfits(ids, '.')).toEqual([]);
});

test('a scenario fails when what it is about is broken: two of them, another two each day', async () => {
  const today = Math.floor(Date.now() / 86_400_000);
  const seed = Number(process.env['EVERGRANT_MUTANT_SEED'] ?? today);
  const verdicts = await tryMutants(shuffled(trials(), seed).slice(0, 2), 2);
  const wrong = verdicts.filter(({ outcome }) => outcome !== 'killed');
  expect(wrong, `EVERGRANT_MUTANT_SEED=${seed}`).toEqual([]);
  expect(verdicts.length).toBe(2);
}, 300_000);
