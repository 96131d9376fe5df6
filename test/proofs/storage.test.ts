import { expect, test } from 'vitest';
import { storage } from './support/storage';

test('a disk that fails, is full or loses power costs no token', async () => {
  const { figures, failures } = await storage({ faults: 8, 'small-disk': 3, 'power-cuts': 40, seed: 1 });
  expect(failures).toEqual([]);
  expect(figures).toMatchObject({ 'tokens lost': 0 });
}, 120_000);
