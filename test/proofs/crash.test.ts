import { expect, test } from 'vitest';
import { crash } from './support/crash';

test('a program that is killed at any step, or any moment, loses no token', async () => {
  const { figures, failures } = await crash({ steps: 4, random: 2, kinds: 2, seed: 1 });
  expect(failures).toEqual([]);
  expect(figures).toMatchObject({ 'tokens lost': 0 });
}, 300_000);
