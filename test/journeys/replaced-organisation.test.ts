import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeWorkplace, type Result, type Workplace } from '../support/program';
import { answerWith, startXeroServer, type Choice, type XeroServer } from '../support/servers/xero-server';

let xero: XeroServer;
let place: Workplace;

const tailor: Choice = { tenantId: 'tenant-of-tailor', tenantName: 'Tailor Ltd' };
const stranger: Choice = { userId: 'a-stranger', tenantId: 'tenant-of-stranger', tenantName: 'Stranger Ltd' };
const namesake: Choice = { ...stranger, tenantName: 'Maple Bakery' };
const colleague: Choice = { userId: 'a-colleague' };

beforeAll(async () => {
  xero = await startXeroServer();
});

afterAll(() => xero.close());

/** Connected to Maple Bakery by its own person. */
beforeEach(async () => {
  xero.forget();
  place = makeWorkplace();
  place.write('acme', xero.environment('web', 'acme'));
  expect(await exchange(xero.consent(await link()))).toMatchObject({ code: 0 });
});

async function link(...more: string[]): Promise<string> {
  const { stdout, code } = await place.run(['consent', 'acme', '--no-check', ...more]);
  expect(code).toBe(0);
  return stdout.trim();
}

const exchange = (callback: string, ...more: string[]): Promise<Result> =>
  place.run(['exchange', 'acme', callback, ...more]);

/** The rows that say whose connection it is. */
const held = (): Record<string, string | undefined> => {
  const { tenant_id, tenant_name, access_token, refresh_token, generation } = place.rows('acme');
  return { tenant_id, tenant_name, access_token, refresh_token, generation };
};

const asideFiles = (): string[] => {
  const folder = path.join(place.folder, 'environments', '.evergrant', 'acme.postman_environment.json');
  return fs.readdirSync(folder).filter((name) => /^(pending|refused)/.test(name));
};

const unavailable = answerWith(503, '');

describe('a consent for another organisation than the one held', () => {
  test('is refused while that lives, with both names, and nothing of the environment changes', async () => {
    const before = held();
    const { code, stderr } = await exchange(xero.consent(await link(), tailor));
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(
        /is for Tailor Ltd, and it is connected to Maple Bakery[^]*exchange acme --replace/,
      ),
    });
    expect(held()).toEqual(before);
    expect((await place.run(['doctor', 'acme'])).stdout).toContain('tokens of a consent wait beside it');
    expect(await place.run(['refresh', 'acme', '--force'])).toMatchObject({ code: 0 });
  });

  test('is kept, for its owner only, and taken over with --replace', async () => {
    await exchange(xero.consent(await link(), tailor));
    const [file = ''] = asideFiles();
    const folder = path.join(place.folder, 'environments', '.evergrant', 'acme.postman_environment.json');
    expect(fs.statSync(path.join(folder, file)).mode & 0o777).toBe(0o600);
    const { code, stderr } = await place.run(['exchange', 'acme', '--replace']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('was connected to Maple Bakery') });
    expect([held(), asideFiles()]).toEqual([expect.objectContaining({ tenant_id: 'tenant-of-tailor' }), []]);
    expect(await place.run(['refresh', 'acme', '--force'])).toMatchObject({ code: 0 });
  });

  test.each([
    ['by the link', ['--replace'], []],
    ['by the exchange', [], ['--replace']],
  ])('takes its place where that is asked for %s', async (_, ofLink, ofExchange) => {
    const { code } = await exchange(xero.consent(await link(...ofLink), tailor), ...ofExchange);
    expect([code, held()]).toEqual([0, expect.objectContaining({ tenant_id: 'tenant-of-tailor', generation: '2' })]);
  });

  test('takes its place when that is over', async () => {
    const rows = { ...place.rows('acme'), grant_status: 'consent_needed' };
    place.write('acme', xero.environment('web', 'acme', rows));
    const { code } = await exchange(xero.consent(await link(), tailor));
    expect([code, held()['tenant_id']]).toEqual([0, 'tenant-of-tailor']);
  });

  test('waits while Xero does not say which it is, is used by nothing meanwhile, and is judged by the next refresh', async () => {
    const before = held();
    xero.next('connections', unavailable, unavailable); // the page's own look-up, too
    expect(await exchange(xero.consent(await link('--replace'), tailor))).toMatchObject({ code: 4 });
    expect([held(), asideFiles()]).toEqual([before, ['pending.json']]);
    expect((await place.run(['token', 'acme'])).stdout.trim()).not.toBe('');
    expect([held()['tenant_id'], asideFiles()]).toEqual(['tenant-of-tailor', []]);
  });

  test('that waits is refused by the next refresh, and its own tokens stay', async () => {
    const before = held();
    xero.next('connections', unavailable, unavailable); // the page's own look-up, too
    expect(await exchange(xero.consent(await link(), tailor))).toMatchObject({ code: 4 });
    expect(await place.run(['refresh', '--all'])).toMatchObject({ code: 0 });
    expect(held()).toEqual(before);
    expect(asideFiles()).toEqual([expect.stringMatching(/^refused-/)]);
  });
});

describe('a link that has succeeded', () => {
  test('changes nothing for anybody else', async () => {
    const used = await link();
    expect(await exchange(xero.consent(used))).toMatchObject({ code: 0 });
    const before = held();
    for (const choice of [tailor, stranger, colleague]) {
      const { code, stderr } = await exchange(xero.consent(used, choice));
      expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringContaining('was used already') });
    }
    expect(held()).toEqual(before);
  });

  test('changes nothing for anybody else even when it was made to replace an organisation', async () => {
    const used = await link('--replace');
    expect(await exchange(xero.consent(used, tailor))).toMatchObject({ code: 0 });
    expect(await exchange(xero.consent(used, stranger))).toMatchObject({ code: 3 });
    expect(held()['tenant_id']).toBe('tenant-of-tailor');
  });

  test('saves the same person and organisation again', async () => {
    const used = await link();
    await exchange(xero.consent(used));
    const { generation } = held();
    expect(await exchange(xero.consent(used))).toMatchObject({ code: 0 });
    expect(held()['generation']).toBe(String(Number(generation) + 1));
  });
});

describe('an expected organisation', () => {
  test.each([
    ['of another name', tailor],
    ['of the same name', namesake],
  ])('is no other one %s', async (_, choice) => {
    const before = held();
    const callback = xero.consent(await link('--replace'), choice);
    const { code, stderr } = await exchange(callback, '--replace', '--expect-tenant', before['tenant_id'] ?? '');
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('not for the organisation expected') });
    expect(held()).toEqual(before);
  });

  test('by name is the one that is held, not its namesake', async () => {
    const before = held();
    const { code } = await exchange(xero.consent(await link('--replace'), namesake), '--expect-tenant', 'Maple Bakery');
    expect([code, held()]).toEqual([2, before]);
  });

  test('of a first consent is judged before its tokens are used', async () => {
    place.write('acme', xero.environment('web', 'acme'));
    xero.next('connections', unavailable, unavailable); // the page's own look-up, too
    const callback = xero.consent(await link('--expect-tenant', 'tenant-of-tailor'));
    expect(await exchange(callback)).toMatchObject({ code: 4 });
    expect([place.rows('acme')['access_token'] ?? '', asideFiles()]).toEqual(['', ['pending.json']]);
    expect(await place.run(['token', 'acme'])).toMatchObject({ code: 3, stdout: '' });
    expect(place.rows('acme')['refresh_token'] ?? '').toBe('');
  });
});

describe('a token that is over', () => {
  test('gives way to a refused consent of the same user that reaches the same organisation', async () => {
    await exchange(xero.consent(await link(), tailor));
    const { tenant_id, refresh_token } = held();
    xero.next('token', answerWith(400, '{"error":"invalid_grant"}'));
    expect(await place.run(['refresh', 'acme', '--force'])).toMatchObject({ code: 0 });
    expect(held()).toMatchObject({ tenant_id, tenant_name: 'Maple Bakery' });
    expect(held()['refresh_token']).not.toBe(refresh_token);
    expect(place.rows('acme')).toMatchObject({ grant_status: 'connected' });
  });

  test('does not give way to a stranger’s', async () => {
    await exchange(xero.consent(await link(), stranger));
    xero.next('token', answerWith(400, '{"error":"invalid_grant"}'));
    expect(await place.run(['refresh', 'acme', '--force'])).toMatchObject({ code: 3 });
  });
});
