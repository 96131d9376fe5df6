import fs from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeWorkplace, runProgram, type Result, type Workplace } from '../support/program';
import { makeAuthority, type Authority, type Certificate } from '../support/servers/certificates';
import { startTlsFront, type TlsFront } from '../support/servers/tls-front';
import { startXeroServer, type XeroServer } from '../support/servers/xero-server';

const here = ['localhost', '127.0.0.1'];

let xero: XeroServer;
let place: Workplace;
let authority: Authority;
let front: TlsFront | undefined;

beforeAll(async () => {
  xero = await startXeroServer();
  authority = makeAuthority(makeWorkplace().folder);
});
afterAll(() => xero.close());
beforeEach(() => {
  place = makeWorkplace();
});
afterEach(async () => {
  await front?.close();
  front = undefined;
});

/** Environments whose Xero shows this certificate. */
async function connect(certificate: Certificate, ...names: string[]): Promise<TlsFront> {
  front = await startTlsFront(certificate, Number(new URL(xero.url).port));
  const url = `https://localhost:${front.port}`;
  for (const name of names) {
    const urls = { token_url: `${url}/connect/token`, authorize_url: `${url}/identity/connect/authorize` };
    const rows = { ...xero.connectedRows(), ...urls, connections_url: `${url}/connections` };
    place.write(name, xero.environment('web', name, rows));
  }
  return front;
}

const unverified = { NODE_TLS_REJECT_UNAUTHORIZED: '0' };

/** The environments with their marks: nothing has changed in them. */
function marksOf(names: readonly string[]): unknown[] {
  return names.map((name) => {
    const { generation, refresh_started_at, grant_status } = place.rows(name);
    return [generation, refresh_started_at, grant_status];
  });
}

const library = (names: readonly string[]): string =>
  `import { accessToken } from 'evergrant';
  for (const name of ${JSON.stringify(names)})
    await accessToken(name, { minValidity: '40m', patience: '0s' }).catch(({ kind, message, hint }) => {
      console.error(message, hint);
      process.exitCode = kind === 'temporary_failure' ? 4 : 1;
    });`;

function runLibrary(names: readonly string[], variables: Record<string, string>): Promise<Result> {
  fs.mkdirSync(path.join(place.folder, 'node_modules'));
  fs.symlinkSync(path.resolve('.'), path.join(place.folder, 'node_modules/evergrant'));
  const script = path.join(place.folder, 'server.mjs');
  fs.writeFileSync(script, library(names));
  return runProgram([script], place.folder, { variables });
}

const all = ['refresh', '--all', '--force', '--no-jitter', '--patience', '0s'];
const ways: readonly (readonly [string, readonly string[], (variables: Record<string, string>) => Promise<Result>])[] =
  [
    ['one environment', ['acme'], (variables) => place.run(all, { variables })],
    ['a lane', ['acme', 'bolt'], (variables) => place.run(all, { variables })],
    ['a worker', ['acme', 'bolt'], (variables) => place.run([...all, '--processes', '2'], { variables })],
    ['a report', ['acme', 'bolt'], (variables) => place.run([...all, '--report', 'out'], { variables })],
    ['the library', ['acme', 'bolt'], (variables) => runLibrary(['acme', 'bolt'], variables)],
  ];

describe('a certificate that no trusted CA has signed', () => {
  test.each(ways)('gets nothing from %s, whatever NODE_TLS_REJECT_UNAUTHORIZED says', async (_, names, run) => {
    const { received } = await connect(authority.selfSigned(here), ...names);
    const { code, stderr } = await run(unverified);
    expect([code, received()]).toEqual([4, '']);
    expect(stderr).toMatch(
      /no answer \(its certificate is not trusted, DEPTH_ZERO_SELF_SIGNED_CERT\); nothing is lost/,
    );
    expect(stderr).toMatch(/NODE_EXTRA_CA_CERTS/);
    expect(marksOf(names)).toEqual(names.map(() => ['1', '', 'connected']));
  });

  test.each<[string, () => Certificate, string]>([
    ['of an unknown CA', () => authority.issue(here), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    [
      'with its chain, of an unknown CA',
      () => {
        const { key, cert } = authority.issue(here);
        return { key, cert: cert + fs.readFileSync(authority.file, 'utf8') };
      },
      'SELF_SIGNED_CERT_IN_CHAIN',
    ],
    ['of another name', () => authority.issue(['other.example']), 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['that is over', () => authority.issue(here, 0), 'CERT_HAS_EXPIRED'],
  ])('%s is named, and was sent nothing', async (_, make, problem) => {
    const { received } = await connect(make(), 'acme');
    const known = { NODE_EXTRA_CA_CERTS: authority.file };
    const variables = { ...unverified, ...(/OVER|EXPIRED|ALTNAME/.test(problem) ? known : {}) };
    const { code, stderr } = await place.run(all, { variables });
    expect([code, received()]).toEqual([4, '']);
    expect(stderr).toContain(`its certificate is not trusted, ${problem}`);
    expect(stderr).toMatch(
      /→ check this machine's clock; .*NODE_EXTRA_CA_CERTS; then run again: npx evergrant refresh acme/,
    );
    expect(marksOf(['acme'])).toEqual([['1', '', 'connected']]);
  });

  test.each([
    ['connections', ['connections', 'acme']],
    ['the check of a link', ['consent', 'acme']],
    ['revoke', ['revoke', 'acme']],
    ['doctor', ['doctor', 'acme']],
  ])('gets nothing from %s', async (_, args) => {
    const { received, port } = await connect(authority.selfSigned(here), 'acme');
    const rows = { ...place.rows('acme'), revocation_url: `https://localhost:${port}/connect/revocation` };
    place.write('acme', xero.environment('web', 'acme', rows));
    const { code, stdout, stderr } = await place.run(args, { variables: unverified });
    expect([code, received()]).toEqual([4, '']);
    expect(stdout + stderr).toMatch(/DEPTH_ZERO_SELF_SIGNED_CERT[^]*NODE_EXTRA_CA_CERTS/);
  });
});

describe('a certificate of a CA that NODE_EXTRA_CA_CERTS names', () => {
  test.each(ways)('is taken by %s', async (_, names, run) => {
    const { received } = await connect(authority.issue(here), ...names);
    expect(await run({ NODE_EXTRA_CA_CERTS: authority.file })).toMatchObject({ code: 0 });
    expect(received()).toContain('POST /connect/token');
    expect(marksOf(names)).toEqual(names.map(() => ['2', '', 'connected']));
  });
});

describe('NODE_TLS_REJECT_UNAUTHORIZED=0', () => {
  test('is ignored, which one line says', async () => {
    await connect(authority.issue(here), 'acme');
    const { code, stderr } = await place.run(all, {
      variables: { ...unverified, NODE_EXTRA_CA_CERTS: authority.file },
    });
    const said = 'evergrant: NODE_TLS_REJECT_UNAUTHORIZED=0 is not obeyed: certificates are always verified';
    expect([code, stderr.split('\n').filter((line) => line.includes('NODE_TLS'))]).toEqual([0, [said]]);
  });

  test('is passed on to the command that exec runs', async () => {
    await connect(authority.issue(here), 'acme');
    const print = 'console.log(process.env.NODE_TLS_REJECT_UNAUTHORIZED)';
    const { stdout } = await place.run(['exec', 'acme', '--', process.execPath, '-e', print], {
      variables: unverified,
    });
    expect(stdout).toBe('0\n');
  });
});
