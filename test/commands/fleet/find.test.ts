import { beforeAll, expect, test } from 'vitest';
import { jwt } from '../../support/environments';
import { makeWorkplace, type Workplace } from '../../support/program';

let place: Workplace;

beforeAll(() => {
  place = makeWorkplace();
  write('acme', { tenant_name: 'Maple Bakery', tenant_id: 'Tenant-1', authorised_user_id: 'user-1' });
  write('birch', {
    tenant_name: 'Maple Syrup',
    tenant_id: 'tenant-2',
    access_token: jwt({ email: 'ann@maple.example' }),
  });
  place.write('elder', '{');
});

function write(name: string, rows: Record<string, string>): void {
  const values = Object.entries({ app_type: 'web', client_secret: 'the-client-secret', ...rows });
  const all = values.map(([key, value]) => ({ key, value, type: 'default', enabled: true }));
  place.write(name, JSON.stringify({ name, values: all }));
}

test.each([
  ['a part of the organisation’s name', 'maple b', ['acme']],
  ['what two organisations have in common', 'MAPLE', ['acme', 'birch']],
  ['a tenant id', 'tenant-1', ['acme']],
  ['a part of a tenant id', 'tenant', []],
  ['a user’s id', 'user-1', ['acme']],
  ['an e-mail in the access token', 'ann@maple', ['birch']],
  ['the environment’s own name', 'birc', ['birch']],
  ['a secret', 'the-client-secret', []],
])('%s finds what it is about', async (_, text, expected) => {
  const { code, stdout } = await place.run(['find', text, '--json']);
  const { environments } = JSON.parse(stdout) as { environments: { environment: string }[] };
  expect([code, ...environments.map(({ environment }) => environment)]).toEqual([0, ...expected]);
});

test('a person sees the organisations and their ids', async () => {
  const { stdout } = await place.run(['find', 'maple']);
  expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
    ['ENVIRONMENT', 'ORGANISATION', 'TENANT'],
    ['acme', 'Maple Bakery', 'Tenant-1'],
    ['birch', 'Maple Syrup', 'tenant-2'],
    [''],
  ]);
});

test('says so when nothing is about it, and refuses an empty text', async () => {
  expect(await place.run(['find', 'oak'])).toEqual({
    code: 0,
    stdout: '',
    stderr: 'no environment in environments is about "oak"\n',
  });
  expect(await place.run(['find', ' '])).toMatchObject({ code: 2, stdout: '' });
});
