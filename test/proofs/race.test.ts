import { expect, test } from 'vitest';
import { race } from './support/race';

test('twelve processes at once redeem once and all succeed, wave after wave, under any name of the file', async () => {
  const { figures, failures } = await race({ processes: 12, waves: 3, seed: 1 });
  expect(failures).toEqual([]);
  expect(figures).toMatchObject({ 'processes in all': 36, redemptions: 3 });
}, 300_000);
