import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeWorkplace, type Result, type Workplace } from '../support/program';
import { answerWith, startXeroServer, type XeroServer } from '../support/servers/xero-server';

let xero: XeroServer;
let place: Workplace;

beforeAll(async () => {
  xero = await startXeroServer();
  place = makeWorkplace();
  place.write('acme', xero.environment('web', 'acme', xero.connectedRows()));
});

afterAll(() => xero.close());

const run = (...args: string[]): Promise<Result> => place.run(args);

test('until when Xero wants to be left alone is said by whatever would ask, and by what shows it', async () => {
  xero.next('token', answerWith(429, '', { 'retry-after': '80000' }));
  const first = await run('refresh', 'acme', '--force');
  expect([first.code, first.stderr]).toEqual([
    4,
    expect.stringMatching(/HTTP 429.*; nothing is lost\n {2}→ run again in 22 h 13 min, as Xero asked: /),
  ]);
  const asked = xero.requests.length;
  const alone = /acme is left alone until (\d{4}-\d\d-\d\d )?\d\d:\d\d UTC, as Xero asked/;
  for (const args of [['acme'], ['--all', '--no-jitter']]) {
    const { code, stdout, stderr } = await run('refresh', ...args, '--force', '--dry-run');
    expect([code, stdout, stderr]).toEqual([4, '', expect.stringMatching(alone)]);
  }
  expect((await run('status')).stderr).toMatch(alone);
  expect((await run('doctor', 'acme')).stdout).toMatch(
    /wait until [^;]* UTC, as Xero asked; then: .*refresh acme --force/,
  );
  expect(
    xero.requests.slice(asked).filter(({ endpoint, method }) => endpoint === 'token' && method === 'POST'),
  ).toEqual([]);
});
