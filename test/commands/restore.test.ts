import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeWorkplace, type Workplace } from '../support/program';
import { startXeroServer, type XeroServer } from '../support/servers/xero-server';

let xero: XeroServer;
let place: Workplace;
/** A connection that has been refreshed twice: each test has a copy of it. */
let refreshed: Workplace;

beforeAll(async () => {
  xero = await startXeroServer();
  refreshed = makeWorkplace();
  refreshed.write('acme', xero.environment('web', 'acme', xero.connectedRows()));
  await refreshed.run(['refresh', 'acme', '--force']);
  await refreshed.run(['refresh', 'acme', '--force']);
});

afterAll(() => xero.close());

beforeEach(() => {
  place = makeWorkplace();
  fs.cpSync(path.join(refreshed.folder, 'environments'), path.join(place.folder, 'environments'), { recursive: true });
});

function keptFolder(): string {
  return path.join(place.folder, 'environments/.evergrant/acme.postman_environment.json');
}

describe('restore', () => {
  test.each([
    ['that is corrupt', () => place.write('acme', 'garbage')],
    ['that is gone', () => fs.rmSync(place.fileOf('acme'))],
    ['that is cut off', () => fs.truncateSync(place.fileOf('acme'), 300)],
  ])('replaces a file %s by the newest generation, which works', async (_, spoil) => {
    const { refresh_token: newest } = place.rows('acme');
    spoil();
    expect(await place.run(['restore', 'acme'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('generation 3 is back, as generation 4'),
    });
    expect(place.rows('acme')).toMatchObject({ refresh_token: newest, generation: '4', my_note: 'Grüße "quoted"' });
    expect(fs.statSync(place.fileOf('acme')).mode & 0o777).toBe(0o600);
    expect(await place.run(['refresh', 'acme', '--force'])).toMatchObject({ code: 0 });
  });

  test('moves the corrupt file aside', async () => {
    place.write('acme', 'garbage');
    await place.run(['restore', 'acme']);
    const aside = fs.readdirSync(keptFolder()).filter((file) => file.startsWith('corrupt-'));
    expect(aside.map((file) => fs.readFileSync(path.join(keptFolder(), file), 'utf8'))).toEqual(['garbage']);
  });

  test('keeps what waited to be recovered', async () => {
    const { generation: _, ...rows } = place.rows('acme');
    const newer = xero.environment('web', 'acme', { ...rows, refresh_token: 'newer', generation: '4' });
    const recovery = path.join(place.folder, 'environments/.acme.postman_environment.json.recovery');
    fs.writeFileSync(recovery, newer, { mode: 0o600 });
    expect(await place.run(['restore', 'acme', '3'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('generation 3 is back, as generation 5'),
    });
    expect(await place.run(['restore', 'acme', '4'])).toMatchObject({ code: 0 });
    expect(place.rows('acme')).toMatchObject({ refresh_token: 'newer', generation: '6' });
  });

  test('brings an older generation back while Xero still takes it', async () => {
    expect(await place.run(['restore', 'acme', '2'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('as generation 4'),
    });
    expect(await place.run(['refresh', 'acme', '--force'])).toMatchObject({ code: 0 });
    expect(place.rows('acme')['generation']).toBe('5');
  });

  test('says when an older generation cannot help, and changes nothing', async () => {
    const used = new Date(Date.now() - 31 * 60_000 + 60 * 86_400_000).toISOString();
    place.write('acme', xero.environment('web', 'acme', { ...place.rows('acme'), refresh_token_expires_at: used }));
    fs.rmSync(path.join(keptFolder(), 'generation-3.json'));
    const before = fs.readFileSync(place.fileOf('acme'), 'utf8');
    const { code, stderr } = await place.run(['restore', 'acme', '2']);
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: expect.stringMatching(/cannot help: its refresh token was used 31 min ago[^]*consent acme/),
    });
    expect(fs.readFileSync(place.fileOf('acme'), 'utf8')).toBe(before);
  });

  test('brings back the consent before the last one, however old', async () => {
    const first = place.rows('acme');
    const link = (await place.run(['consent', 'acme', '--no-check'])).stdout.trim();
    await place.run(['exchange', xero.consent(link)]);
    const old = new Date(Date.now() + 30 * 86_400_000).toISOString();
    place.write('acme', xero.environment('web', 'acme', { ...place.rows('acme'), refresh_token_expires_at: old }));
    expect(await place.run(['restore', 'acme', '3'])).toMatchObject({ code: 0 });
    expect(place.rows('acme')).toMatchObject({ refresh_token: first['refresh_token'], generation: '5' });
    expect(await place.run(['refresh', 'acme', '--force'])).toMatchObject({ code: 0 });
  });

  test.each([
    [['restore', 'acme', '99'], /no generation 99 of acme to restore: kept are 3, 2/],
    [['restore', 'acme', 'last'], /"last" is no generation/],
    [['restore', 'nobody'], /there is no environment nobody/],
  ])('%j is refused', async (args, message) => {
    expect(await place.run(args)).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
  });

  test('keeps five generations and no more', async () => {
    for (let i = 0; i < 4; i++) await place.run(['refresh', 'acme', '--force']);
    expect(
      fs
        .readdirSync(keptFolder())
        .filter((file) => file.startsWith('generation-'))
        .sort(),
    ).toEqual([3, 4, 5, 6, 7].map((generation) => `generation-${generation}.json`));
  });
});
