import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeMachine, type Machine } from '../../support/machines';
import { startPostgres, whyNoPostgres, type PostgresServer } from '../../support/postgres';
import type { Result } from '../../support/program';
import { holdTokenRequest, startXeroServer, type XeroServer } from '../../support/servers/xero-server';

const isLeftOut = process.env['POSTGRES_TESTS'] !== 'required' && whyNoPostgres() !== undefined;

describe.skipIf(isLeftOut)('a database that goes away between a request and the saving of its answer', () => {
  let server: PostgresServer;
  let xero: XeroServer;
  let url: string;
  let here: Machine;
  let there: Machine;
  let told: string;
  beforeEach(async () => {
    [server, xero] = await Promise.all([startPostgres(), startXeroServer()]);
    url = server.database();
    [here, there] = [makeMachine(url), makeMachine(url)];
    told = path.join(here.folder, 'told');
    await here.run(['store', 'migrate']);
    await here.run(['adopt', 'acme', '-'], { input: xero.environment('web', 'acme', xero.connectedRows()) });
  });
  afterEach(async () => {
    here.remove();
    there.remove();
    await Promise.all([server.remove(), xero.close()]);
  });

  const refresh = (machine: Machine, ...more: string[]): Promise<Result> => {
    const file = machine.write('tell.sh', `echo "$EVERGRANT_NAME $EVERGRANT_OUTCOME" >> ${told}\n`);
    const hooks = ['--on-refreshed', `sh ${file}`, '--on-failure', `sh ${file}`];
    return machine.run(['refresh', 'acme', ...hooks, ...more]);
  };
  const toldLines = (): string[] => (fs.existsSync(told) ? fs.readFileSync(told, 'utf8').trim().split('\n') : []);
  const receipts = (machine: Machine): string[] =>
    fs
      .readdirSync(machine.stateFolder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.receipt.json'));

  /** Takes the server away while Xero's answer is on its way; it comes back at once, or when the program has given up. */
  async function interrupted(back: 'at once' | 'afterwards'): Promise<Result & { readonly awayMs: number }> {
    const held = holdTokenRequest(xero);
    const running = refresh(here, '--force');
    await held.arrived;
    await server.stop();
    const stoppedAt = performance.now();
    held.answer();
    if (back === 'afterwards') await running;
    await server.start();
    const awayMs = performance.now() - stoppedAt;
    return { ...(await running), awayMs };
  }

  /** Of a server that a slow machine can't start in this time, the program would be right to say that it is away for long. */
  const momentMs = 5_000;

  /** As if a minute and a half had gone by. */
  const leasesEnd = (): void => void server.sql(url, 'update evergrant.connection set lease_until = now()');

  test('for a moment costs nothing: the answer is saved when it is back', async () => {
    let [done, redemptions] = [await interrupted('at once'), 1];
    for (; done.code === 6 && done.awayMs > momentMs && redemptions < 10; redemptions++) {
      expect(await refresh(here)).toMatchObject({ code: 0 });
      fs.rmSync(told);
      done = await interrupted('at once');
    }
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect([toldLines(), receipts(here), xero.redemptions()]).toEqual([['acme refreshed'], [], redemptions]);
  });

  test('for long leaves the answer on this machine, which saves it with its next run, and tells that once', async () => {
    const { code, stderr } = await interrupted('afterwards');
    expect(code).toBe(6);
    const [receipt = ''] = receipts(here);
    expect(stderr).toContain(path.join(here.stateFolder, receipt));
    expect(stderr).toContain('npx evergrant refresh acme');
    leasesEnd();
    const before = xero.requests.length;
    expect(await refresh(here)).toMatchObject({ code: 0 });
    expect(xero.requests).toHaveLength(before); // nobody is asked: the answer is there
    expect(await refresh(there)).toMatchObject({ code: 0 });
    expect(await refresh(here)).toMatchObject({ code: 0 });
    expect([receipts(here), xero.redemptions()]).toEqual([[], 1]);
    expect(toldLines().filter((line) => line !== 'acme not_saved')).toEqual(['acme adopted']);
    expect(await refresh(there, '--force')).toMatchObject({ code: 0 });
  });

  test('is no loss either when another machine is the first to come back', async () => {
    expect((await interrupted('afterwards')).code).toBe(6);
    leasesEnd();
    expect(await refresh(there)).toMatchObject({ code: 0 }); // the mark says that it was interrupted
    expect(await refresh(here)).toMatchObject({ code: 0 });
    expect(receipts(here)).toEqual([]);
    for (const machine of [here, there, here]) expect(await refresh(machine, '--force')).toMatchObject({ code: 0 });
    expect((await there.run(['status', 'acme'])).stdout).toContain('1 connected');
  });
});
