import { expect, test } from 'vitest';
import { storage } from './support/disk/storage';

test('a disk that fails, is full or loses power costs no token', async () => {
  const { figures, failures } = await storage({ faults: 3, 'small-disk': 1, 'power-cuts': 10, seed: 1 });
  expect(failures).toEqual([]);
  expect(figures).toMatchObject({ 'tokens lost': 0 });
  for (const kind of ['failing disk', 'power cut']) {
    expect(Object.keys(figures).filter((ending) => ending.startsWith(kind))).not.toEqual([]);
  }
}, 300_000);
