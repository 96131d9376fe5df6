import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeWorkplace, type Result, type Workplace } from '../support/program';
import { startXeroServer, type XeroServer } from '../support/xero-server';

let xero: XeroServer;
let place: Workplace;
const held = { tenant_id: 'tenant-of-old', tenant_name: 'Old Mill Ltd' };

beforeAll(async () => {
  xero = await startXeroServer();
});

afterAll(() => xero.close());

beforeEach(() => {
  place = makeWorkplace();
  place.write('acme', xero.environment('web', 'acme', { ...xero.connectedRows(), ...held }));
});

async function consentAgain(...more: string[]): Promise<Result> {
  const { stdout } = await place.run(['consent', 'acme', '--no-check']);
  return place.run(['exchange', 'acme', xero.consent(stdout.trim()), ...more]);
}

describe('a consent for another organisation than the one held', () => {
  test('is announced before and after, and can be taken back', async () => {
    expect((await place.run(['consent', 'acme', '--no-check'])).stderr).toContain('acme is connected to Old Mill Ltd');
    const { code, stderr } = await consentAgain();
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringContaining(
        'ATTENTION: acme was connected to Old Mill Ltd and is now connected to Maple Bakery',
      ),
    });
    expect(stderr).toContain('npx evergrant restore acme 1');
    expect(await place.run(['restore', 'acme', '1'])).toMatchObject({ code: 0 });
    expect(place.rows('acme')).toMatchObject(held);
    expect(await place.run(['refresh', 'acme', '--force'])).toMatchObject({ code: 0 });
  });

  test.each([['Old Mill Ltd'], ['tenant-of-old']])(
    'is refused by --expect-tenant "%s", and the old one works on',
    async (expected) => {
      const old = place.rows('acme')['refresh_token'];
      const { code, stderr } = await consentAgain('--expect-tenant', expected);
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: expect.stringMatching(/is for Maple Bakery, not for the organisation expected[^]*restore acme 2/),
      });
      expect(place.rows('acme')).toMatchObject({ ...held, refresh_token: old, generation: '3' });
      expect(await place.run(['refresh', 'acme', '--force'])).toMatchObject({ code: 0 });
    },
  );

  test('passes --expect-tenant when it is the one expected', async () => {
    expect(await consentAgain('--expect-tenant', 'Maple Bakery')).toMatchObject({ code: 0 });
  });
});

describe('consent', () => {
  test('--message prints a note that is ready to send', async () => {
    const { stdout } = await place.run(['consent', 'acme', '--no-check', '--message']);
    expect(stdout).toMatch(/^Hello,\n/);
    expect(stdout).toContain('connect Old Mill Ltd');
    expect(stdout).toContain(`${xero.url}/identity/connect/authorize?response_type=code&`);
    expect(stdout).toContain('- read and change invoices, bills, credit notes, quotes and purchase orders');
    expect(stdout).toContain('- stay connected when you are not there');
  });

  test('--message=html escapes what it says', async () => {
    place.write('acme', xero.environment('web', 'acme', { tenant_name: '<b>&Co' }));
    const { stdout } = await place.run(['consent', 'acme', '--no-check', '--message=html']);
    expect(stdout).toContain('connect &#60;b&#62;&#38;Co');
    expect(stdout).toMatch(/<a href="http[^"]*&#38;client_id=/);
  });

  test('finds the scopes at fault by itself, and names them', async () => {
    const scopes =
      'openid offline_access accounting.invoices bogus.one accounting.contacts accounting.settings bogus.two';
    place.write('acme', xero.environment('web', 'acme', { scopes }));
    const asked = xero.requests.length;
    const { code, stderr } = await place.run(['consent', 'acme']);
    expect({ code, stderr }).toEqual({
      code: 7,
      stderr: expect.stringContaining('because of scopes: bogus.one, bogus.two (invalid_scope)'),
    });
    expect(xero.requests.length - asked).toBeLessThan(15);
  });
});
