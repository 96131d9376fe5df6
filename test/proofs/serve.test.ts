import { expect, test } from 'vitest';
import { serveUnderLoad } from './support/serve/under-load';

test('a crowd costs one redemption each, kills lose nothing, memory is flat, and no secret shows', async () => {
  const { figures, failures } = await serveUnderLoad({ environments: 12, askers: 120, warm: 6000, kills: 3, seed: 1 });
  expect(failures).toEqual([]);
  expect(figures).toMatchObject({ 'redemptions for the crowd': 12, 'answers to the crowd': 120, kills: 3 });
}, 300_000);
