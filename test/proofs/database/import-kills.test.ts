import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  databasePlace,
  connectedRows,
  isLeftOut,
  keepBeside,
  serverOf,
  type DatabasePlace,
} from '../../commands/store/support';
import type { PostgresServer } from '../../support/postgres';
import { environmentText } from '../../support/servers/xero-server';
import { makeWorkplace, type Workplace } from '../../support/program';
import { nameOf, recordSteps, runWith } from '../support/stepped-program';

describe.skipIf(isLeftOut)('an import that is killed', () => {
  let server: PostgresServer;
  let shared: DatabasePlace;
  beforeAll(async () => {
    server = await serverOf();
    shared = await databasePlace(server);
  });
  afterAll(() => server.remove());

  /** A connected environment, interrupted in its last refresh, with an older token set and one that waits to be judged. */
  function connected(name: string): Workplace {
    const place = makeWorkplace();
    const startedAt = new Date(Date.now() - 300_000).toISOString();
    place.write(name, environmentText(name, connectedRows(3, { refresh_started_at: startedAt })));
    keepBeside(place, name, 'generation-2.json', environmentText(name, connectedRows(2)));
    keepBeside(place, name, 'pending.json', environmentText(name, connectedRows(9)));
    return place;
  }

  /** Who may spend the tokens at this moment. */
  function homes(place: Workplace, name: string): string[] {
    const usable = `select t.refresh_token from evergrant.connection c join evergrant.token_set t using (name, generation)
      where c.name = '${name}' and (c.lease_until is null or c.lease_until < 'infinity')`;
    return [
      ...(place.rows(name)['refresh_token'] === 'refresh-3' ? ['file'] : []),
      ...(shared.sql(usable) === 'refresh-3' ? ['database'] : []),
    ];
  }

  test('at any step has at most one home, and the same command finishes it', async () => {
    const args = ['store', 'import', 'environments', '--store', shared.url];
    const whole = connected('whole');
    const { ended, steps } = await recordSteps(whole.folder, args);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(homes(whole, 'whole')).toEqual(['database']);
    const acting = steps.flatMap((step, at) =>
      step.writes || step.call === 'socket write' || step.call === 'socket data' ? [{ step, number: at + 1 }] : [],
    );
    expect(acting.length).toBeGreaterThan(40);
    const seen = new Map<string, number>();
    for (const { step, number } of acting) {
      const name = `c${number}`;
      const place = connected(name);
      const where = `${number} ${nameOf(step, whole.folder)}`;
      const { signal } = await runWith({ kill: { step: number, side: 'before' } }, place.folder, args);
      const left = homes(place, name);
      seen.set(left.join(), (seen.get(left.join()) ?? 0) + 1);
      expect([where, signal, left.length <= 1]).toEqual([where, 'SIGKILL', true]);
      const again = await place.run(args);
      expect([where, again.code, again.stderr, homes(place, name)]).toEqual([where, 0, '', ['database']]);
      const beside = shared.sql(
        `select aside_kind, refresh_token from evergrant.connection c join evergrant.token_set t using (name) where aside_of = '${name}'`,
      );
      expect([where, beside]).toEqual([where, 'pending|refresh-9']);
      expect(shared.sql(`select count(*) from evergrant.token_set where name = '${name}'`)).toBe('2');
      const folder = path.join(place.folder, 'environments/.evergrant', `${name}.postman_environment.json`);
      expect([where, fs.existsSync(path.join(folder, 'pending.json'))]).toEqual([where, false]);
      const refreshed = await place.run(['refresh', name, '--force']);
      expect([where, refreshed.code, refreshed.stderr]).toEqual([
        where,
        2,
        expect.stringContaining('was handed over on'),
      ]);
      fs.rmSync(place.folder, { recursive: true });
    }
    expect([...seen.keys()].toSorted()).toEqual(['', 'database', 'file']); // each was reached
  }, 900_000);
});
