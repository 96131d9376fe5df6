import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { expectNoSecret } from '../support/leaks';
import { makeWorkplace, type Workplace } from '../support/program';
import { makeAuthority, type Authority, type Certificate } from '../support/servers/certificates';
import { refuseWith, startProxy, tunnelTo, type Manner, type ProxyServer } from '../support/servers/proxy-server';
import { startTlsFront, type TlsFront } from '../support/servers/tls-front';
import { startXeroServer, type XeroServer } from '../support/servers/xero-server';

/** A host that only the proxy can find. */
const far = 'https://identity.xero.test';
const password = 'pass:word/+of the proxy';

let xero: XeroServer;
let place: Workplace;
let authority: Authority;
let certificate: Certificate;
let front: TlsFront;
const proxies: ProxyServer[] = [];

beforeAll(async () => {
  xero = await startXeroServer();
  authority = makeAuthority(makeWorkplace().folder);
  certificate = authority.issue(['identity.xero.test', 'localhost']);
  front = await startTlsFront(certificate, Number(new URL(xero.url).port));
});
afterAll(async () => {
  await front.close();
  await xero.close();
});
beforeEach(() => {
  place = makeWorkplace();
  for (const name of ['acme', 'bolt']) connect(name, far);
});
afterEach(async () => {
  await Promise.all(proxies.splice(0).map((proxy) => proxy.close()));
});

function connect(name: string, url: string): void {
  const paths = {
    token_url: '/connect/token',
    authorize_url: '/identity/connect/authorize',
    revocation_url: '/connect/revocation',
    connections_url: '/connections',
  };
  const urls = Object.fromEntries(Object.entries(paths).map(([key, path]) => [key, `${url}${path}`]));
  place.write(name, xero.environment('web', name, { ...xero.connectedRows(), ...urls }));
}

async function proxyThat(manner: Manner, ownCertificate?: Certificate): Promise<ProxyServer> {
  const proxy = await startProxy(manner, ownCertificate);
  proxies.push(proxy);
  return proxy;
}

/** The variables of somebody behind a proxy that wants credentials. */
function behind({ port }: { readonly port: number }, scheme = 'http'): Record<string, string> {
  const credentials = `user:${encodeURIComponent(password)}`;
  return { HTTPS_PROXY: `${scheme}://${credentials}@localhost:${port}`, NODE_EXTRA_CA_CERTS: authority.file };
}

function marksOf(...names: string[]): unknown[] {
  return names.map((name) => {
    const { generation, refresh_started_at, grant_status } = place.rows(name);
    return [generation, refresh_started_at, grant_status];
  });
}

const quick = ['--force', '--no-jitter', '--patience', '0s'];
const commands: readonly (readonly [string, readonly string[]])[] = [
  ['refresh, alone', ['refresh', 'acme', ...quick]],
  ['refresh, in lanes', ['refresh', '--all', ...quick]],
  ['refresh, in workers', ['refresh', '--all', ...quick, '--processes', '2']],
  ['refresh, with a report', ['refresh', '--all', ...quick, '--report', 'out']],
  ['connections', ['connections', 'acme']],
  ['the check of a link', ['consent', 'acme']],
  ['revoke', ['revoke', 'acme']],
  ['doctor', ['doctor']],
];

/** What proxies do instead of opening a tunnel. */
const manners: readonly (readonly [string, Manner, string])[] = [
  ['wants a password', refuseWith(407, 'proxy-authenticate: Basic realm="x"'), 'HTTP 407'],
  ['forbids it', refuseWith(403), 'HTTP 403'],
  ['finds nobody', refuseWith(502), 'HTTP 502'],
  ['sends elsewhere', refuseWith(302, 'location: https://login.example/'), 'HTTP 302'],
  [
    'switches protocols',
    (client) => void client.end('HTTP/1.1 101 No\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
    'HTTP 101',
  ],
  ['hangs up', (client) => void client.destroy(), 'ECONNRESET'],
  ['talks nonsense', (client) => void client.end('SSH-2.0-x\r\n\r\n'), 'HPE_'],
  ['says nothing', () => undefined, 'ETIMEDOUT'],
];

describe('a proxy that opens no tunnel', () => {
  test.each(commands)('is named by %s, and nothing is sent or marked', async (_, args) => {
    const proxy = await proxyThat(refuseWith(407, 'proxy-authenticate: Basic realm="x"'));
    const { code, stdout, stderr } = await place.run(args, { variables: behind(proxy) });
    expect(code).toBe(4);
    expect(stdout + stderr).toContain(`no answer (the proxy localhost:${proxy.port}: HTTP 407)`);
    expect(stdout + stderr).toContain('check the proxy, and HTTPS_PROXY and NO_PROXY');
    expectNoSecret(stdout + stderr, [password, encodeURIComponent(password)], args.join(' '));
    expect(marksOf('acme', 'bolt')).toEqual(Array(2).fill(['1', '', 'connected']));
    expect(new Set(proxy.asked)).toEqual(new Set([`CONNECT identity.xero.test:443 user:${password}`]));
    if (args.includes('--all')) expect(stderr).toMatch(/acme[^]*bolt/);
  });

  test.each(manners)('because it %s is named, and nothing is sent or marked', async (_, manner, what) => {
    const proxy = await proxyThat(manner);
    for (const args of [
      ['refresh', 'acme', ...quick],
      ['refresh', '--all', ...quick],
    ]) {
      const { code, stderr } = await place.run(args, { variables: behind(proxy) });
      expect([code, stderr]).toEqual([4, expect.stringContaining(`(the proxy localhost:${proxy.port}: ${what}`)]);
      expect(marksOf('acme', 'bolt')).toEqual(Array(2).fill(['1', '', 'connected']));
    }
  });

  test.each([
    ['is not there', 'http://user:secret-of-the-proxy@localhost:1', 'the proxy localhost:1: ECONNREFUSED'],
    [
      'is no proxy of HTTP',
      'socks5://user:secret-of-the-proxy@localhost:1',
      'the proxy in HTTPS_PROXY: no http or https URL',
    ],
    ['is nonsense', 'http://user:secret-of-the-proxy@[', 'the proxy in HTTPS_PROXY: no http or https URL'],
  ])('because it %s is named', async (_, url, what) => {
    const { code, stderr } = await place.run(['refresh', 'acme', ...quick], { variables: { HTTPS_PROXY: url } });
    expect([code, stderr]).toEqual([4, expect.stringContaining(`no answer (${what})`)]);
    expect(stderr).not.toContain('secret-of-the-proxy');
    expect(marksOf('acme')).toEqual([['1', '', 'connected']]);
  });

  test('because its own certificate is not trusted gets no credentials', async () => {
    const proxy = await proxyThat(tunnelTo(front.port), authority.selfSigned(['localhost']));
    const { code, stderr } = await place.run(['refresh', 'acme', ...quick], { variables: behind(proxy, 'https') });
    expect([code, proxy.asked]).toEqual([4, []]);
    expect(stderr).toMatch(/the proxy localhost:\d+: its certificate is not trusted, DEPTH_ZERO_SELF_SIGNED_CERT/);
  });

  test('leaves a code as good as it was', async () => {
    const { stdout: link } = await place.run(['consent', 'acme', '--no-check']);
    const callback = xero.consent(link.trim());
    const closed = await proxyThat(refuseWith(407));
    const refused = await place.run(['exchange', 'acme', callback, '--patience', '0s'], { variables: behind(closed) });
    expect([refused.code, refused.stderr]).toEqual([
      4,
      expect.stringContaining(`the proxy localhost:${closed.port}: HTTP 407`),
    ]);
    const open = await proxyThat(tunnelTo(front.port));
    expect(await place.run(['exchange', 'acme', callback], { variables: behind(open) })).toMatchObject({ code: 0 });
  });
});

describe('a proxy that opens a tunnel', () => {
  test.each(commands)('sees nothing of what %s says', async (_, args) => {
    const proxy = await proxyThat(tunnelTo(front.port));
    const { code } = await place.run(args, { variables: behind(proxy) });
    expect(code).toBe(0);
    expect(new Set(proxy.asked)).toEqual(new Set([`CONNECT identity.xero.test:443 user:${password}`]));
  });

  test('may speak TLS itself', async () => {
    const proxy = await proxyThat(tunnelTo(front.port), certificate);
    const run = await place.run(['refresh', '--all', ...quick], { variables: behind(proxy, 'https') });
    expect(run).toMatchObject({ code: 0 });
    expect(marksOf('acme', 'bolt')).toEqual(Array(2).fill(['2', '', 'connected']));
  });

  test('to a server that goes silent before it has shown its certificate has sent nothing', async () => {
    const proxy = await proxyThat((client) => void client.write('HTTP/1.1 200 OK\r\n\r\n'));
    const { code, stderr } = await place.run(['refresh', 'acme', ...quick], { variables: behind(proxy) });
    expect([code, stderr]).toEqual([4, expect.stringContaining('no answer (ETIMEDOUT)')]);
    expect(marksOf('acme')).toEqual([['1', '', 'connected']]);
  });
});

describe('a request to this machine', () => {
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()]);

  const past = async (proxy: ProxyServer, args: readonly string[]): Promise<void> => {
    const variables = Object.fromEntries(names.map((name) => [name, `http://localhost:${proxy.port}`]));
    const noProxy = { NO_PROXY: 'example.com', no_proxy: 'example.com' };
    expect(await place.run(args, { variables: { ...variables, ...noProxy } })).toMatchObject({ code: 0 });
    expect(proxy.asked).toEqual([]);
  };

  test.each(commands)('goes past every proxy from %s', async (_, args) => {
    for (const name of ['acme', 'bolt']) connect(name, xero.url);
    await past(await proxyThat(tunnelTo(front.port)), args);
  });

  test('goes past it by its address', async () => {
    connect('acme', xero.url.replace('localhost', '127.0.0.1'));
    await past(await proxyThat(tunnelTo(front.port)), ['refresh', 'acme', ...quick]);
  });

  test('goes past it by https, too', async () => {
    const proxy = await proxyThat(tunnelTo(front.port));
    connect('acme', `https://localhost:${front.port}`);
    expect(await place.run(['refresh', 'acme', ...quick], { variables: behind(proxy) })).toMatchObject({ code: 0 });
    expect(proxy.asked).toEqual([]);
  });
});

test('what NO_PROXY names goes past the proxy', async () => {
  const proxy = await proxyThat(tunnelTo(front.port));
  const variables = { ...behind(proxy), NO_PROXY: 'example.com,.xero.test' };
  const { code, stderr } = await place.run(['refresh', 'acme', ...quick], { variables });
  expect([code, stderr]).toEqual([4, expect.stringMatching(/no answer \((ENOTFOUND|EAI_AGAIN)\)/)]);
  expect(proxy.asked).toEqual([]);
});
