import { expect, test } from 'vitest';
import { whyNoPostgres } from '../../support/postgres';
import { storeMutants } from './mutants';
import { copySources, misfit, tryMutant } from './mutation';

const isLeftOut = process.env['POSTGRES_TESTS'] !== 'required' && whyNoPostgres() !== undefined;

test('every safeguard of the store can be taken away', () => {
  expect(storeMutants.flatMap((mutant) => misfit(mutant) ?? [])).toEqual([]);
});

test.skipIf(isLeftOut)(
  'without one of its safeguards a test of the store fails: another one each day',
  async () => {
    const today = Number(process.env['EVERGRANT_MUTANT_SEED'] ?? Math.floor(Date.now() / 86_400_000));
    const mutant = storeMutants[today % storeMutants.length];
    const copy = copySources();
    try {
      expect(await tryMutant(mutant, copy.folder), mutant?.breaks).toMatchObject({ outcome: 'killed' });
    } finally {
      copy.remove();
    }
  },
  600_000,
);
