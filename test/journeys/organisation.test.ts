import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeWorkplace, type Workplace } from '../support/program';
import { startXeroServer, type XeroServer } from '../support/servers/xero-server';

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
