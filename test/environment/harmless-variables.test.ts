import { describe, expect, test } from 'vitest';
import { knownSecrets, withoutSecrets, withoutStorePassword } from '../../scripts/environment/harmless-variables';

describe('the variables of a hook, and of a command that exec runs,', () => {
  const secret = 'a-long-secret+/=';

  test.each<[string, string, boolean]>([
    ['PATH', '/usr/bin', true],
    ['XERO_CLIENT_SECRET', 'anything', false],
    ['xero_client_secret', 'anything', false],
    ['XERO_CLIENT_SECRET_PREVIOUS', 'anything', false],
    ['XERO_ACCESS_TOKEN', 'anything', false],
    ['XERO_REFRESH_TOKEN', 'anything', false],
    ['XERO_TENANT_ID', 'anything', true],
    ['XERO_CLIENT_ID', 'anything', true],
    ['EVERGRANT_KEY', 'anything', false],
    ['EVERGRANT_CLIENT_SECRET', 'anything', false],
    ['EVERGRANT_ENVIRONMENTS', 'anything', true],
    ['MINE', secret, false],
    ['MINE', ` ${secret}\n`, false],
    ['MINE', `before ${secret} after`, false],
    ['MINE', `Basic ${Buffer.from(`id:${secret}`).toString('base64')}`, false],
    ['MINE', encodeURIComponent(secret), false],
    ['MINE', 'eight-of', false],
    ['MINE', 'bin', true],
    ['PATH', '/sbin:/bin', true],
  ])('have no secret: %s=%j stays: %j', (name, value, stays) => {
    const left = withoutSecrets({ [name]: value }, new Set([secret, 'eight-of', 'bin']));
    expect(left).toEqual(stays ? { [name]: value } : {});
  });
});

test('the secrets from outside are known by the names of their variables', () => {
  const env = {
    XERO_CLIENT_SECRET: ' one ',
    XERO_CLIENT_SECRET_PREVIOUS: 'two',
    XERO_CLIENT_ID: 'id',
    XERO_REFRESH_TOKEN: '',
  };
  expect(knownSecrets([undefined], env)).toEqual(new Set(['one', 'two']));
});

describe('the password of a database with the environments', () => {
  const given = { PGPASSWORD: 'hunter22', PGHOST: 'db', EVERGRANT_STORE: 'postgres://ann:hunter22@db/books' };

  test.each([
    ['postgres://ann:hunter22@db:6432/books?sslmode=require', 'postgres://ann@db:6432/books?sslmode=require'],
    ['postgres://ann:p%40ss@w:rd@db/books', 'postgres://ann@db/books'],
    ['postgresql://:hunter22@/books', 'postgresql://@/books'],
    ['postgres:///books?password=hunter22&host=/run', 'postgres:///books?host=/run'],
    ['postgres:///books?host=/run&password=hunter22', 'postgres:///books?host=/run'],
    ['postgres:///books?password=hunter22', 'postgres:///books'],
    ['postgres://ann@db/books', 'postgres://ann@db/books'],
    ['postgres://db:6432/books?host=[::1]', 'postgres://db:6432/books?host=[::1]'],
    ['postgres://ann:/hunter22@db/books', 'postgres://ann@db/books'],
    ['postgres://ann:77#hunter@22/@db/books', 'postgres://ann@db/books'],
    ['postgres://a/nn:hunter22@db/books', 'postgres://a/nn@db/books'],
  ])('is taken out of %s', (url, left) => {
    expect(withoutStorePassword({ EVERGRANT_STORE: url }, url)).toEqual({ EVERGRANT_STORE: left });
  });

  test('stays where the environments are files, as it is of another database', () => {
    expect(withoutStorePassword(given, '')).toEqual(given);
    expect(withoutStorePassword(given, 'postgres://db/books')).toEqual({
      PGHOST: 'db',
      EVERGRANT_STORE: 'postgres://ann@db/books',
    });
  });
});
