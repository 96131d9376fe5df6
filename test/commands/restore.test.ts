import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeWorkplace, type Result, type Workplace } from '../support/program';
import { refusal } from '../support/refusal';
import { answerWith, startXeroServer, type Choice, type XeroServer } from '../support/servers/xero-server';

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
    ['that is corrupt', () => place.write('acme', 'garbage'), '; what was spoilt was put aside'],
    ['that is gone', () => fs.rmSync(place.fileOf('acme')), ''],
    ['that is cut off', () => fs.truncateSync(place.fileOf('acme'), 300), '; what was spoilt was put aside'],
  ])('replaces a file %s by the newest generation, which works', async (_, spoil, aside) => {
    const { refresh_token: newest } = place.rows('acme');
    spoil();
    expect(await place.run(['restore', 'acme'])).toMatchObject({
      code: 0,
      stdout: `acme: generation 3 is back, as generation 4${aside}\n`,
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

  // The last one: the user has no connection any more.
  test('says that revoke has ended what is kept, and changes nothing, also where the file is gone', async () => {
    await place.run(['revoke', 'acme']);
    const before = fs.readFileSync(place.fileOf('acme'), 'utf8');
    const refused = refusal(3, /generation 3 of acme cannot help: it was disconnected at Xero/, /consent acme/);
    expect(await place.run(['restore', 'acme'])).toMatchObject(refused);
    expect(fs.readFileSync(place.fileOf('acme'), 'utf8')).toBe(before);
    fs.rmSync(place.fileOf('acme'));
    expect(await place.run(['restore', 'acme', '3'])).toMatchObject(refused);
    expect(fs.existsSync(place.fileOf('acme'))).toBe(false);
  });
});

describe('the organisation of tokens that come back', () => {
  const stranger = { userId: 'a-stranger', tenantId: 'tenant-of-stranger', tenantName: 'Stranger Ltd' };
  const tailor = { tenantId: 'tenant-of-tailor', tenantName: 'Tailor Ltd' };
  const unavailable = answerWith(503, '');

  async function connect(choice: Choice = {}, ...more: string[]): Promise<Result> {
    const link = (await place.run(['consent', 'acme', '--no-check', ...more])).stdout.trim();
    return await place.run(['exchange', 'acme', xero.consent(link, choice)]);
  }

  beforeEach(async () => {
    xero.forget();
    place = makeWorkplace();
    place.write('acme', xero.environment('web', 'acme'));
    expect(await connect()).toMatchObject({ code: 0 });
  });

  /** As an earlier version has kept it. */
  function keepWithoutOrganisation(): void {
    const file = path.join(keptFolder(), 'generation-1.json');
    fs.writeFileSync(file, xero.environment('web', 'acme', { ...place.rows('acme'), tenant_id: '', tenant_name: '' }));
  }

  test('is there from the consent on, and a stranger’s does not take its place', async () => {
    fs.rmSync(place.fileOf('acme'));
    expect(await place.run(['restore', 'acme'])).toMatchObject({ code: 0 });
    expect(place.rows('acme')).toMatchObject({ tenant_name: 'Maple Bakery', generation: '2' });
    expect(await connect(stranger)).toMatchObject({ code: 2 });
    expect(place.rows('acme')).toMatchObject({ tenant_name: 'Maple Bakery', generation: '2' });
  });

  test('stays that of the same consent where it was kept with none', async () => {
    keepWithoutOrganisation();
    place.write('acme', xero.environment('web', 'acme', { ...place.rows('acme'), grant_status: 'consent_needed' }));
    expect(await place.run(['restore', 'acme', '1'])).toMatchObject({ code: 0, stderr: '' });
    expect(place.rows('acme')).toMatchObject({ tenant_name: 'Maple Bakery', generation: '2' });
  });

  test.each([
    ['the same user’s', tailor],
    ['a stranger’s', stranger],
  ])('that is nowhere known is asked for before %s could take its place', async (_, choice) => {
    keepWithoutOrganisation();
    fs.rmSync(place.fileOf('acme'));
    expect(await place.run(['restore', 'acme'])).toMatchObject({ code: 0 });
    expect((await place.run(['doctor', 'acme'])).stdout).toMatch(/not known which organisation[^]*connections acme/);
    expect(await connect(choice)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('it is connected to Maple Bakery: nothing was changed'),
    });
    expect(place.rows('acme')).toMatchObject({ tenant_name: 'Maple Bakery', generation: '2' });
  });

  test('that is nowhere known lets nobody in while Xero doesn’t say it', async () => {
    keepWithoutOrganisation();
    fs.rmSync(place.fileOf('acme'));
    await place.run(['restore', 'acme']);
    const { access_token } = place.rows('acme');
    xero.next(
      'connections',
      (_request, _response, answer) => answer(),
      (_r, _s, answer) => answer(),
      unavailable,
    );
    expect(await connect(stranger)).toMatchObject({ code: 4 });
    expect(place.rows('acme')).toMatchObject({ access_token, tenant_id: '' });
  });

  test('that is nowhere known is filled in by the next refresh', async () => {
    keepWithoutOrganisation();
    fs.rmSync(place.fileOf('acme'));
    await place.run(['restore', 'acme']);
    expect(await place.run(['refresh', 'acme', '--force'])).toMatchObject({ code: 0 });
    expect(place.rows('acme')).toMatchObject({ tenant_name: 'Maple Bakery', generation: '3' });
  });

  test('of another consent than the one that is there is asked for first, and said', async () => {
    keepWithoutOrganisation();
    const { refresh_token } = place.rows('acme');
    expect(await connect(stranger, '--replace')).toMatchObject({ code: 0 });
    expect(await place.run(['restore', 'acme', '1'])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('acme was connected to Stranger Ltd, and is connected to Maple Bakery now'),
    });
    expect(place.rows('acme')).toMatchObject({ refresh_token, tenant_name: 'Maple Bakery', generation: '3' });
    expect((await place.run(['log', 'acme'])).stdout).toContain('kept tokens put back');
  });

  test('of another consent that Xero does not say leaves the tokens beside', async () => {
    keepWithoutOrganisation();
    const { refresh_token } = place.rows('acme');
    await connect(stranger, '--replace');
    xero.next('connections', unavailable, unavailable);
    expect(await place.run(['restore', 'acme', '1'])).toMatchObject(
      refusal(4, /does not say which organisation generation 1 of acme is for/, /exchange acme --replace/),
    );
    expect(place.rows('acme')).toMatchObject({ tenant_name: 'Stranger Ltd', generation: '2' });
    xero.forget();
    expect(await place.run(['exchange', 'acme', '--replace'])).toMatchObject({ code: 0 });
    expect(place.rows('acme')).toMatchObject({ refresh_token, tenant_name: 'Maple Bakery' });
  });
});

describe('a copy of the file from before its consent that is put back', () => {
  let copy: string;

  beforeEach(async () => {
    place = makeWorkplace();
    place.write('acme', xero.environment('web', 'acme'));
    const link = (await place.run(['consent', 'acme', '--no-check'])).stdout.trim();
    copy = fs.readFileSync(place.fileOf('acme'), 'utf8');
    expect(await place.run(['exchange', 'acme', xero.consent(link)])).toMatchObject({ code: 0 });
  });

  test.each([[['refresh', 'acme']], [['refresh', '--all', '--no-jitter']], [['token', 'acme']]])(
    'is found to be older, and costs no click: %j',
    async (args) => {
      const { refresh_token, connected_at } = place.rows('acme');
      place.write('acme', copy);
      expect(await place.run(args)).toMatchObject({ code: 0 });
      const taken = { refresh_token, connected_at, tenant_name: 'Maple Bakery', grant_status: 'connected' };
      expect(place.rows('acme')).toMatchObject(taken);
    },
  );

  test.each([
    ['revoke', ['revoke', 'acme'], 3],
    ['a move', ['export', 'acme', '--for-postman'], 2],
  ])('stays as it is after %s', async (_, args, code) => {
    expect(await place.run(args)).toMatchObject({ code: 0 });
    place.write('acme', copy);
    expect(await place.run(['refresh', 'acme', '--force'])).toMatchObject({ code });
    expect(place.rows('acme')['refresh_token'] ?? '').toBe('');
  });

  test('stays as it is where another link was made since', async () => {
    place.write('acme', copy);
    await place.run(['consent', 'acme', '--no-check']);
    expect(await place.run(['refresh', 'acme'])).toMatchObject({ code: 3 });
  });
});
