import { describe, expect, test } from 'vitest';
import { nameOfProxy, proxyFor } from '../../scripts/network/proxy';

const xero = 'https://identity.xero.com/connect/token';

/** The proxy's name, or what is wrong with the variable that should name it. */
function chosen(url: string, variables: Record<string, string>): string | undefined {
  const choice = proxyFor(new URL(url), variables);
  if (choice === undefined) return undefined;
  return choice.kind === 'proxy' ? nameOfProxy(choice.url) : `unusable ${choice.variable}`;
}

describe('the proxy of a request', () => {
  test.each<[string, Record<string, string>, string | undefined]>([
    ['no variable', {}, undefined],
    ['blank ones', { HTTPS_PROXY: '', https_proxy: '' }, undefined],
    ['HTTPS_PROXY', { HTTPS_PROXY: 'http://p:1' }, 'p:1'],
    ['https_proxy', { https_proxy: 'http://p:1' }, 'p:1'],
    ['HTTP_PROXY, as Newman takes it', { HTTP_PROXY: 'http://p:1' }, 'p:1'],
    ['ALL_PROXY', { ALL_PROXY: 'http://p:1' }, 'p:1'],
    ['all_proxy', { all_proxy: 'http://p:1' }, 'p:1'],
    ['the nearest of many', { ALL_PROXY: 'http://a:1', HTTP_PROXY: 'http://b:1', HTTPS_PROXY: 'http://c:1' }, 'c:1'],
    ['a default port', { HTTPS_PROXY: 'http://p' }, 'p:80'],
    ['a default port of TLS', { HTTPS_PROXY: 'https://p' }, 'p:443'],
    ['no scheme', { HTTPS_PROXY: 'p:3128' }, 'p:3128'],
    ['no scheme, with credentials', { HTTPS_PROXY: 'user:pass@p:3128' }, 'p:3128'],
    ['SOCKS', { HTTPS_PROXY: 'socks5://p:1080' }, 'unusable HTTPS_PROXY'],
    ['nonsense', { all_proxy: 'http://[' }, 'unusable all_proxy'],
  ])('by %s', (_, variables, expected) => {
    expect(chosen(xero, variables)).toBe(expected);
  });

  test.each([
    'http://localhost:8080/token',
    'https://localhost/token',
    'https://LOCALHOST./token',
    'http://xero.localhost/token',
    'http://127.0.0.1:1/',
    'http://127.1.2.3/',
    'http://0x7f000001/',
    'http://[::1]:9/',
    'https://[::ffff:127.0.0.1]/',
  ])('is none for %s', (url) => {
    const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()]);
    for (const name of names) expect(chosen(url, { [name]: 'http://p:1', NO_PROXY: 'other.example' })).toBeUndefined();
  });

  test.each(['https://localhost.example/', 'https://127.0.0.1.example/', 'https://mylocalhost/', 'https://128.0.0.1/'])(
    'is one for %s, which is another machine',
    (url) => expect(chosen(url, { HTTPS_PROXY: 'p:1' })).toBe('p:1'),
  );

  test.each<[string, string, boolean]>([
    ['*', xero, true],
    ['identity.xero.com', xero, true],
    ['xero.com', xero, true],
    ['.xero.com', xero, true],
    ['*.xero.com', xero, true],
    ['IDENTITY.XERO.COM', xero, true],
    ['other.example, xero.com', xero, true],
    ['other.example xero.com', xero, true],
    ['xero.com:443', xero, true],
    ['xero.com:80', xero, false],
    ['ero.com', xero, false],
    ['identity.xero.com.example', xero, false],
    ['', xero, false],
    ['10.0.0.7', 'https://10.0.0.7/', true],
    ['fd00::1', 'https://[fd00::1]/', true],
    ['[fd00::1]:443', 'https://[fd00::1]/', true],
  ])('NO_PROXY=%s and %s: %j', (list, url, isExcepted) => {
    for (const name of ['NO_PROXY', 'no_proxy']) {
      expect(chosen(url, { HTTPS_PROXY: 'p:1', [name]: list })).toBe(isExcepted ? undefined : 'p:1');
    }
  });
});
