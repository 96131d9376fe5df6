import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { secretHash, withNewSecret, withoutClient } from '../../scripts/environment/client';
import { expectNoSecret } from '../support/leaks';
import { answerWith, holdTokenRequest, startXeroServer, type XeroServer } from '../support/servers/xero-server';
import { basic, clientsIn, startServing, type Client, type Serving } from './support/serving';

const past = new Date(Date.now() - 60_000).toISOString();

let xero: XeroServer;
let serving: Serving;
let one: Client;
let two: Client;
let all: Client;

beforeAll(async () => {
  xero = await startXeroServer();
  serving = await startServing(xero, {
    acme: { tenant_id: 'c0ffee00-0000-4000-8000-000000000001', tenant_name: 'Maple Bakery' },
    birch: {},
    due: { access_token_expires_at: past },
    dead: { grant_status: 'consent_needed' },
    outage: { access_token_expires_at: past },
  });
  [one, two, all] = await Promise.all([
    serving.client('one', ['acme']),
    serving.client('two', ['acme', 'birch']),
    serving.client('all'),
  ]);
});

afterAll(async () => {
  await serving.stop();
  await xero.close();
  expectNoSecret(serving.running.said(), [...xero.secrets, one.secret, two.secret, all.secret], 'the log');
});

describe('the token endpoint', () => {
  test('gives a client the token of its one environment, by Basic', async () => {
    const { status, headers, json } = await serving.token(one);
    const rows = serving.place.rows('acme');
    expect([status, headers['cache-control'], headers.pragma]).toEqual([200, 'no-store', 'no-cache']);
    expect(json).toEqual({
      access_token: rows['access_token'],
      token_type: 'Bearer',
      expires_in: expect.any(Number) as number,
      scope: rows['scopes'],
      tenant_id: rows['tenant_id'],
      tenant_name: 'Maple Bakery',
      environment: 'acme',
    });
    const left = (Date.parse(rows['access_token_expires_at'] ?? '') - Date.now()) / 1000;
    expect(Math.abs(Number(json?.['expires_in']) - left)).toBeLessThan(5);
  });

  test.each([
    ['gzip', 'grant_type=client_credentials'],
    ['deflate', 'grant_type=client_credentials'],
    ['br', 'grant_type=client_credentials'],
    ['gzip', '\x1f'],
  ])('calls a body that is no %s (%j) a bad request, and logs nothing unexpected', async (encoding, body) => {
    const headers = { 'content-encoding': encoding };
    const { status, json } = await serving.token(one, {}, { headers, body });
    expect([status, json?.['error']]).toEqual([400, 'invalid_request']);
    expect(serving.running.said()).not.toContain('unexpected');
  });

  test('takes the credentials in the body as well, and form-encoded in Basic', async () => {
    const headers = { authorization: '' };
    const inBody = await serving.token(one, { client_id: one.id, client_secret: one.secret }, { headers });
    const encoded = `%6f${one.id.slice(1)}`;
    const asEncoded = await serving.token(one, {}, { headers: { authorization: basic(encoded, one.secret) } });
    expect([inBody.status, asEncoded.status]).toEqual([200, 200]);
  });

  test.each([
    ['environment', { environment: 'birch' }],
    ['audience', { audience: 'birch' }],
    ['a resource that is a URN', { resource: 'urn:evergrant:birch' }],
    ['a resource that is a URL', { resource: 'http://localhost:8099/v1/environments/birch' }],
    ['all of them alike', { environment: 'birch', audience: 'birch', resource: 'urn:evergrant:birch' }],
  ])('gives the environment that is named by %s', async (_, fields) => {
    expect(await serving.token(two, fields)).toMatchObject({ status: 200, json: { environment: 'birch' } });
  });

  test('refreshes what is due, once for all who ask at once', async () => {
    const before = xero.redemptions();
    const answers = await Promise.all(Array.from({ length: 40 }, () => serving.token(all, { environment: 'due' })));
    const tokens = new Set(answers.map(({ json }) => json?.['access_token']));
    expect([...tokens]).toEqual([serving.place.rows('due')['access_token']]);
    expect(xero.redemptions() - before).toBe(1);
  });

  test('says that a customer must consent again, with the environment and the command', async () => {
    const { status, json } = await serving.token(all, { environment: 'dead' });
    expect([status, json?.['error']]).toEqual([400, 'invalid_grant']);
    expect(json?.['error_description']).toMatch(/^dead needs consent: .*evergrant\S* consent dead$|consent dead$/);
  });

  test('says 503 when Xero does not answer, and when to ask again', async () => {
    const down = Array.from({ length: 12 }, () => answerWith(503, '{}'));
    const quick = await startServing(xero, { outage: { access_token_expires_at: past } }, ['--patience', '1ms']);
    try {
      xero.next('token', ...down);
      const client = await quick.client('all');
      const { status, headers, json } = await quick.token(client, { environment: 'outage' });
      expect([status, json?.['error'], headers['retry-after']]).toEqual([503, 'temporarily_unavailable', '5']);
    } finally {
      xero.forget();
      await quick.stop();
    }
  });

  test('finishes an answer in progress when it is stopped', async () => {
    const place = await startServing(xero, { late: { access_token_expires_at: past } });
    const client = await place.client('all');
    const held = holdTokenRequest(xero);
    const asked = place.token(client, { environment: 'late' });
    await held.arrived;
    place.running.signal('SIGTERM');
    held.answer();
    expect(await asked).toMatchObject({ status: 200, json: { environment: 'late' }, headers: { connection: 'close' } });
    expect(await place.running.ended).toMatchObject({ code: 0 });
    expect(xero.accepts(place.place.rows('late')['refresh_token'] ?? '')).toBe(true);
  });
});

const form = { 'content-type': 'application/x-www-form-urlencoded' };

describe('a token request is refused', () => {
  test.each<[string, number, string, Readonly<Record<string, string>>]>([
    ['with no grant type', 400, 'invalid_request', { grant_type: '' }],
    ['with another grant type', 400, 'unsupported_grant_type', { grant_type: 'password' }],
    ['of several environments, with none named', 400, 'invalid_request', {}],
    ['for an environment that is not its own', 400, 'invalid_target', { environment: 'due' }],
    ['for one that is not there', 400, 'invalid_target', { environment: 'nobody' }],
    ['for a path', 400, 'invalid_target', { environment: '../acme' }],
    ['for two at once', 400, 'invalid_target', { environment: 'acme', audience: 'birch' }],
    ['for a strange resource', 400, 'invalid_target', { resource: 'https://api.xero.com/' }],
    ['for a resource with a fragment', 400, 'invalid_target', { resource: 'urn:evergrant:acme#x' }],
    ['for a scope that was not consented to', 400, 'invalid_scope', { environment: 'acme', scope: 'payroll' }],
    ['for another client_id', 400, 'invalid_request', { environment: 'acme', client_id: 'one' }],
    ['with credentials in both ways', 400, 'invalid_request', { environment: 'acme', client_secret: 'x' }],
  ])('%s', async (_, status, error, fields) => {
    const answer = await serving.token(two, fields);
    expect([answer.status, answer.json?.['error']]).toEqual([status, error]);
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  test('the same for an environment that is not there and one that is not its own', async () => {
    const [there, nowhere] = await Promise.all(
      ['due', 'nobody'].map((environment) => serving.token(two, { environment })),
    );
    expect(there?.text).toBe(nowhere?.text);
  });

  test.each<[string, number, string, string]>([
    ['a field that is there twice', 400, 'invalid_request', 'grant_type=client_credentials&scope=a&scope=b'],
    ['a body that is too long', 413, 'invalid_request', `grant_type=client_credentials&x=${'x'.repeat(20_000)}`],
    ['nothing in it', 400, 'invalid_request', ''],
  ])('with %s', async (_, status, error, body) => {
    const headers = { ...form, authorization: basic(two.id, two.secret) };
    const answer = await serving.ask('/oauth/token', { method: 'POST', headers, body });
    expect([answer.status, answer.json?.['error']]).toEqual([status, error]);
  });

  test('as JSON', async () => {
    const headers = { 'content-type': 'application/json', authorization: basic(two.id, two.secret) };
    const answer = await serving.ask('/oauth/token', { method: 'POST', headers, body: '{}' });
    expect([answer.status, answer.json?.['error']]).toEqual([400, 'invalid_request']);
  });

  test('by GET, whatever it holds', async () => {
    expect(await serving.ask('/oauth/token')).toMatchObject({ status: 405 });
  });

  test('alike for clients that are unknown, removed or expired, and for wrong secrets', async () => {
    const [removed, expired] = [await serving.client('removed'), await serving.client('gone', null, 1)];
    expect(await serving.token(removed, { environment: 'acme' })).toMatchObject({ status: 200 });
    await clientsIn(serving.place).change((clients) => withoutClient(clients, 'removed'), 1000);
    const given = [
      removed,
      expired,
      { id: 'nobody', secret: two.secret },
      { id: two.id, secret: one.secret },
      { id: two.id, secret: '' },
      { id: '', secret: '' },
      { id: 'constructor', secret: 'x' },
    ];
    const answers = await Promise.all(given.map((client) => serving.token(client, { environment: 'acme' })));
    const seen = answers.map(({ status, text, headers }) => [status, text, headers['www-authenticate']]);
    expect(new Set(seen.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(seen[0]).toEqual([
      401,
      expect.stringContaining('"invalid_client"'),
      'Basic realm="evergrant", charset="UTF-8"',
    ]);
  });

  test('with the secret before, once its time has run out; both are good until then', async () => {
    const before = await serving.client('rotated');
    const after = { id: 'rotated', secret: 'another secret' };
    const rotate = (hash: string, overlapMs: number): Promise<void> =>
      clientsIn(serving.place).change(
        (clients) => withNewSecret(clients, 'rotated', { hash, now: new Date(), overlapMs }),
        1000,
      );
    const ask = (client: Client) => serving.token(client, { environment: 'acme' }).then(({ status }) => status);
    await rotate(secretHash(after.secret), 3_600_000);
    expect([await ask(before), await ask(after)]).toEqual([200, 200]);
    await rotate(secretHash('a third'), 0);
    expect([await ask(before), await ask(after)]).toEqual([401, 401]);
  });
});

describe('what is in memory', () => {
  const tokenOf = async (environment: string): Promise<unknown> =>
    (await serving.token(all, { environment })).json?.['access_token'];

  test('gives way at once to what another process has written', async () => {
    await tokenOf('birch');
    const { code } = await serving.place.run(['refresh', 'birch', '--force']);
    expect([code, await tokenOf('birch')]).toEqual([0, serving.place.rows('birch')['access_token']]);
  });

  test('is not given for an environment that was removed, or whose consent has ended', async () => {
    for (const name of ['leaving', 'ending']) {
      serving.place.write(name, xero.environment('web', name, xero.connectedRows()));
      expect(await tokenOf(name)).toBe(serving.place.rows(name)['access_token']);
    }
    await serving.place.run(['remove', 'leaving', '--yes']);
    await serving.place.run(['revoke', 'ending', '--yes']);
    const [leaving, ending] = await Promise.all(
      ['leaving', 'ending'].map((environment) => serving.token(all, { environment })),
    );
    expect([leaving?.json?.['error'], ending?.json?.['error']]).toEqual(['invalid_target', 'invalid_grant']);
  });
});

test('metadata name the endpoint and how clients authenticate (RFC 8414)', async () => {
  const { json } = await serving.ask('/.well-known/oauth-authorization-server', { isByTcp: true });
  expect(json).toEqual({
    issuer: serving.url,
    token_endpoint: `${serving.url}/oauth/token`,
    grant_types_supported: ['client_credentials'],
    response_types_supported: [],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
  });
});
