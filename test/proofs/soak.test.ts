import { expect, test } from 'vitest';
import { diceFrom } from './support/dice';
import { setRows } from './support/sandbox-connection';
import { endWorld, makeWorld, soak } from './support/soak';
import { tickInside } from './support/ticking';

test('days of ticks with faults at random lose no grant and refresh nothing that is not due', async () => {
  const { figures, failures } = await soak({ 'min-validity': 1, 'keep-alive': 1 }, 2);
  expect(failures).toEqual([]);
  expect(figures).toMatchObject({ ticks: 288, 'grants lost': 0, 'redemptions not due': 0 });
}, 300_000);

test('a Retry-After that leaves too little of the grace for the next tick costs no grant', async () => {
  const world = await makeWorld(diceFrom(1));
  const { sandbox, place, clock } = world;
  const tick = tickInside(place, 'min-validity', clock, diceFrom(1));
  const startedAt = clock.now().getTime();
  const tickAt = async (minute: number, fault?: object): Promise<string> => {
    await clock.advance(startedAt + minute * 60_000 - clock.now().getTime());
    await sandbox.clearFaults();
    if (fault !== undefined) await sandbox.fault({ on: 'token', times: 99, ...fault });
    return tick(5000);
  };
  try {
    setRows(place.fileOf('acme'), { access_token_expires_at: clock.now().toISOString() });
    const outcomes = [
      await tickAt(0, { fault: 'lost_after' }), // used up; forgiven until minute 30
      await tickAt(12, { fault: 'status', status: 429, retryAfter: 1000 }), // until a minute before that
      await tickAt(24), // the last one that can help: the next comes at minute 36
    ];
    expect(outcomes).toEqual(['temporary_failure', 'temporary_failure', 'refreshed']);
    expect(await sandbox.inspect(place.rows('acme')['refresh_token'] ?? '')).toBe('live');
  } finally {
    await endWorld(world);
  }
});
