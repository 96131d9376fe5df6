import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeWorkplace, type Workplace } from '../support/program';
import { startXeroServer, type XeroServer } from '../support/servers/xero-server';

let xero: XeroServer;
let place: Workplace;
/** An environment of another folder, with the name of one that is here. */
let other: string;

beforeAll(async () => {
  xero = await startXeroServer();
});

afterAll(() => xero.close());

beforeEach(() => {
  place = makeWorkplace();
  other = path.join(place.folder, "p's other", 'acme.postman_environment.json');
  fs.mkdirSync(path.dirname(other));
  const refreshedYesterday = new Date(Date.now() + 59 * 86_400_000).toISOString();
  const held = (user: string): Record<string, string> => ({
    ...xero.connectedRows(),
    refresh_token_expires_at: refreshedYesterday,
    authorised_user_id: user,
  });
  place.write('acme', xero.environment('web', 'acme', held('dana')));
  fs.writeFileSync(other, xero.environment('web', 'acme', held('erin')), { mode: 0o600 });
});

describe('what is kept of an environment under its name', () => {
  beforeEach(() => {
    const keep = path.join(place.folder, 'environments', '.evergrant');
    fs.mkdirSync(keep);
    const attempt = { environment: 'acme', outcome: 'temporary_failure', error: { code: 'x', message: 'no answer' } };
    fs.writeFileSync(
      path.join(keep, 'log.jsonl'),
      `${JSON.stringify({ at: new Date(Date.now() - 60_000).toISOString(), ...attempt })}\n`,
    );
    const told = { name: 'acme', outcome: 'temporary_failure', code: 'x', isOwn: false };
    const since = new Date(Date.now() - 7_200_000).toISOString();
    fs.writeFileSync(path.join(keep, 'said.json'), JSON.stringify({ troubles: [{ ...told, since, saidAt: since }] }));
  });

  test.each([
    ['status', '--check'],
    ['status', '--json'],
    ['doctor', '--json'],
  ])('is not told of one of the same name elsewhere: %s %s', async (verb, flag) => {
    const here = await place.run([verb, flag, 'acme']);
    const there = await place.run([verb, flag, other]);
    expect([here.code, here.stdout.includes('fail')]).toEqual([verb === 'status' && flag === '--json' ? 0 : 4, true]);
    expect([there.code, there.stdout.includes('fail')]).toEqual([0, false]);
    const linked = await place.run([verb, flag, './environments/acme.postman_environment.json']);
    expect(linked).toEqual(here);
  });
});

test('doctor --online asks with the tokens of the file that was named', async () => {
  const before = fs.readFileSync(place.fileOf('acme'), 'utf8');
  const expired = { ...xero.connectedRows(), access_token_expires_at: new Date(0).toISOString() };
  fs.writeFileSync(other, xero.environment('web', 'acme', expired), { mode: 0o600 });
  place.write('acme', xero.environment('web', 'acme', expired));
  const untouched = fs.readFileSync(place.fileOf('acme'), 'utf8');
  await place.run(['doctor', '--online', other]);
  expect(fs.readFileSync(place.fileOf('acme'), 'utf8')).toBe(untouched);
  expect(before).not.toBe(untouched);
});

test('two of one name in two folders share no callback, so doctor has nothing to say of it', async () => {
  expect((await place.run(['doctor', 'acme', other])).stdout).not.toContain('are all called');
});
