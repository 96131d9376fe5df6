import { expect, test } from 'vitest';
import { fuzz } from './support/fuzz/fuzz';

test('corrupt files, callback URLs and answers crash nothing, show no secret and change only what they may', async () => {
  const { figures, failures } = await fuzz({ cases: 2000, seed: 1 });
  expect(failures).toEqual([]);
  expect(figures['cases in all']).toBe(2000);
}, 300_000);
