import { beforeEach, expect, test } from 'vitest';
import { makeWorkplace, type Workplace } from '../../support/program';

let place: Workplace;

beforeEach(() => {
  place = makeWorkplace();
  write('birch', { grant_status: 'consent_needed', tenant_id: 'tenant-of-birch' });
  write('acme', { tenant_id: 'the tenant' });
  place.write('elder', '{');
});

function write(name: string, rows: Record<string, string>): void {
  const all = { app_type: 'web', access_token: 'the-access-token', refresh_token: 'the-refresh-token', ...rows };
  const values = Object.entries(all).map(([key, value]) => ({ key, value, type: 'default', enabled: true }));
  place.write(name, JSON.stringify({ name, values }));
}

test('prints the names alone, sorted, and nothing about what is wrong', async () => {
  expect(await place.run(['list'])).toEqual({ code: 0, stdout: 'acme\nbirch\nelder\n', stderr: '' });
});

test('--json has the state and the tenant id of each', async () => {
  const { code, stdout, stderr } = await place.run(['list', '--json']);
  expect({ code, stderr, list: JSON.parse(stdout) as unknown }).toEqual({
    code: 0,
    stderr: '',
    list: {
      environments: [
        { environment: 'acme', state: 'connected', tenantId: null },
        { environment: 'birch', state: 'consent_needed', tenantId: 'tenant-of-birch' },
        { environment: 'elder', state: 'invalid', tenantId: null },
      ],
    },
  });
});

test('of an empty folder it prints nothing; a folder that is not there is refused', async () => {
  expect(await makeWorkplace().run(['list'])).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(await place.run(['list', '--environments', 'nowhere'])).toMatchObject({ code: 2, stdout: '' });
});
