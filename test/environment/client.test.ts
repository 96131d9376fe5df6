import { describe, expect, test } from 'vitest';
import {
  clientsIn,
  isCurrent,
  livingSecrets,
  newClientSecret,
  secretHash,
  textOfClients,
  withClient,
  withNewSecret,
  withRenamed,
  withoutClient,
  type Client,
} from '../../scripts/environment/client';

const at = (time: string): Date => new Date(`2026-11-22T${time}:00.000Z`);
const hash = secretHash('first');
const client: Client = {
  id: 'reports',
  environments: ['acme', 'birch'],
  createdAt: at('10:00'),
  expiresAt: null,
  secrets: [{ hash, createdAt: at('10:00'), endsAt: null }],
};

test('clients come back from their text as they were', () => {
  const clients = [client, { ...client, id: 'all', environments: null, expiresAt: at('11:00') }];
  expect(clientsIn(textOfClients(clients), 'here')).toEqual(clients);
});

test.each([
  ['no JSON', '{'],
  ['no list', '{"clients":{}}'],
  [
    'a hash that is none',
    textOfClients([{ ...client, secrets: [{ hash: 'x', createdAt: at('10:00'), endsAt: null }] }]),
  ],
  ['a client without a name', textOfClients([{ ...client, id: '' }])],
])('a text with %s lets nobody in', (_, text) => {
  expect(() => clientsIn(text, 'here')).toThrow(expect.objectContaining({ kind: 'invalid', code: 'bad_clients' }));
});

test('a secret has 256 bits, no other has it, and its hash says nothing of it', () => {
  const secrets = Array.from({ length: 1000 }, newClientSecret);
  expect(new Set(secrets).size).toBe(1000);
  for (const secret of secrets.slice(0, 9)) {
    expect(Buffer.from(secret.replace(/^egs_/, ''), 'base64url')).toHaveLength(32);
    expect(secretHash(secret)).toMatch(/^[\da-f]{64}$/);
  }
});

test('two clients have no id in common, and one that is not there is not removed', () => {
  expect(() => withClient([client], client)).toThrow(expect.objectContaining({ code: 'client_exists' }));
  expect(() => withoutClient([client], 'nobody')).toThrow(expect.objectContaining({ code: 'no_client' }));
  expect(withoutClient([client], 'reports')).toEqual([]);
  expect(withClient([client], { ...client, id: 'accounts' }).map(({ id }) => id)).toEqual(['accounts', 'reports']);
});

describe('a new secret', () => {
  const rotate = (clients: readonly Client[], name: string, time: string, overlapMs: number): readonly Client[] =>
    withNewSecret(clients, 'reports', { hash: secretHash(name), now: at(time), overlapMs });
  const aliveAt = (clients: readonly Client[], time: string): (string | undefined)[] =>
    clients.flatMap((one) => livingSecrets(one, at(time)).map(({ hash: found }) => found));

  test('lives beside the one before for a while', () => {
    const rotated = rotate([client], 'second', '11:00', 3_600_000);
    expect(aliveAt(rotated, '11:59')).toEqual([secretHash('second'), hash]);
    expect(aliveAt(rotated, '12:00')).toEqual([secretHash('second')]);
  });

  test('ends any but the one before: two are alive at most', () => {
    const twice = rotate(rotate([client], 'second', '11:00', 3_600_000), 'third', '11:01', 3_600_000);
    expect(aliveAt(twice, '11:02')).toEqual([secretHash('third'), secretHash('second')]);
  });

  test('without an overlap ends the one before at once', () => {
    expect(aliveAt(rotate([client], 'second', '11:00', 0), '11:00')).toEqual([secretHash('second')]);
  });
});

test('a client is refused from the moment at which it expires', () => {
  const expiring = { expiresAt: at('11:00') };
  expect([isCurrent(expiring, at('10:59')), isCurrent(expiring, at('11:00'))]).toEqual([true, false]);
});

test.each<[string | undefined, readonly string[]]>([
  ['cedar', ['birch', 'cedar']],
  ['birch', ['birch']],
  [undefined, ['birch']],
])('after acme became %s, a client may have what it might before', (to, expected) => {
  const [renamed, all] = withRenamed([client, { ...client, environments: null }], 'acme', to);
  expect([renamed?.environments, all?.environments]).toEqual([expected, null]);
});
