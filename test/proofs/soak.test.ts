import { expect, test } from 'vitest';
import { soak } from './support/soak';

test('days of ticks with faults at random lose no grant and refresh nothing that is not due', async () => {
  const { figures, failures } = await soak({ 'min-validity': 1, 'keep-alive': 4 }, 6);
  expect(failures).toEqual([]);
  expect(figures).toMatchObject({ ticks: 720, 'grants lost': 0, 'redemptions not due': 0 });
}, 120_000);
