import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../scripts/lint/finding';
import { collection, event, lint, request, statusTest } from './lint-of';

const secret = 'kQ7vX2mZp9Rt4Wn8Ls3Jd6Hy';
const jwt = `eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiI0MiJ9.${secret}`;
const basic = Buffer.from(`client:${secret}`).toString('base64');

function secretsOf(parts: object, rest: object = {}): Finding[] {
  return lint(collection([request(parts)], rest)).filter(({ rule }) => rule === 'secret-in-file');
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

const oauth2 = (rows: readonly object[]): object => ({ auth: { type: 'oauth2', oauth2: rows } });

test.each<[string, object, string, string]>([
  ['auth', oauth2([{ key: 'clientSecret', value: secret, type: 'string' }]), secret, 'Request (auth)'],
  ['auth of v2.0', { auth: { type: 'bearer', bearer: { token: secret } } }, secret, 'Request (auth)'],
  [
    'an API key',
    {
      auth: {
        type: 'apikey',
        apikey: [
          { key: 'key', value: 'X' },
          { key: 'value', value: secret },
        ],
      },
    },
    secret,
    'Request (auth)',
  ],
  [
    'a short password',
    { auth: { type: 'basic', basic: [{ key: 'password', value: 'hunter2!X' }] } },
    'hunter2!X',
    'Request (auth)',
  ],
  ['a header with a JWT', { header: [{ key: 'Authorization', value: `Bearer ${jwt}` }] }, jwt, 'Request (header)'],
  [
    'a header with a token',
    { header: [{ key: 'Authorization', value: `Bearer ${secret}` }] },
    secret,
    'Request (header)',
  ],
  ['a header with Basic', { header: [{ key: 'Authorization', value: `Basic ${basic}` }] }, basic, 'Request (header)'],
  ['a header of its own name', { header: [{ key: 'X-Api-Key', value: secret }] }, secret, 'Request (header)'],
  ['headers in one text', { header: `Accept: */*\nAuthorization: Bearer ${secret}` }, secret, 'Request (header)'],
  [
    'a urlencoded body',
    { body: { mode: 'urlencoded', urlencoded: [{ key: 'refresh_token', value: secret }] } },
    secret,
    'Request (body)',
  ],
  [
    'a form',
    { body: { mode: 'formdata', formdata: [{ key: 'client_secret', value: secret }] } },
    secret,
    'Request (body)',
  ],
  [
    'a raw body',
    { body: { mode: 'raw', raw: `grant_type=refresh_token&refresh_token=${secret}` } },
    secret,
    'Request (body)',
  ],
  ['a JSON body', { body: { mode: 'raw', raw: `{"client_secret": "${secret}"}` } }, secret, 'Request (body)'],
  ['a URL', { url: `https://api.xero.com/?access_token=${secret}` }, secret, 'Request (URL)'],
  ['a callback URL', { url: `https://example.com/callback?code=${secret}&state=1` }, secret, 'Request (URL)'],
  ['a user in a URL', { url: `https://me:${secret}@api.xero.com/` }, secret, 'Request (URL)'],
  [
    'a URL, whole and in parts',
    { url: { raw: `https://x/?token=${secret}`, host: ['https://x'], query: [{ key: 'token', value: secret }] } },
    secret,
    'Request (URL)',
  ],
  ['a description', { description: `Use the token ${jwt}` }, jwt, 'Request (description)'],
  [
    'a private key',
    { body: { mode: 'raw', raw: '-----BEGIN PRIVATE KEY-----\nMIIE\n' } },
    '-----BEGIN PRIVATE KEY-----\nMIIE\n',
    'Request (body)',
  ],
])('a secret is found in %s, once, by its fingerprint', (_, parts, value, where) => {
  const found = secretsOf(parts);
  expect(found.map((finding) => finding.where)).toEqual([where]);
  expect(found[0]?.message).toContain(`(sha256 ${shortHash(value)}…)`);
  expect(JSON.stringify(found)).not.toContain(value);
});

test('a secret is found in a variable of the collection', () => {
  expect(secretsOf({}, { variable: [{ key: 'client_secret', value: secret }] })).toMatchObject([
    { where: 'collection (variable)' },
  ]);
});

test('a secret is found in a saved response', () => {
  const saved = { ...request(), response: [{ name: 'ok', body: `{"access_token":"${jwt}"}`, header: [] }] };
  expect(lint(collection([saved]))).toMatchObject([{ rule: 'secret-in-file', where: 'Request (saved response)' }]);
});

test.each([
  `const client_secret = '${secret}';`,
  `pm.environment.set('client_secret', '${secret}');`,
  `const body = { refresh_token: "${secret}" };`,
  `const token = '${jwt}';`,
  `// ${jwt}`,
])('a secret is found in a script, with its line: %s', (line) => {
  const item = { ...request(), event: [event('test', `${statusTest}\n${line}`)] };
  expect(lint(collection([item]))).toMatchObject([{ rule: 'secret-in-file', line: 2, where: 'Request (test script)' }]);
});

describe('no secret is', () => {
  test.each<[string, object]>([
    ['a placeholder in a JSON body', { body: { mode: 'raw', raw: '{"refreshToken": "{{refresh_token}}"}' } }],
    ['a placeholder in a URL', { url: 'https://api.xero.com/?access_token={{access_token}}' }],
    ['a placeholder', oauth2([{ key: 'clientSecret', value: '{{client_secret}}' }])],
    ['placeholders with words', { header: [{ key: 'Authorization', value: 'Bearer {{access_token}}' }] }],
    ['Basic with a placeholder', { header: [{ key: 'Authorization', value: 'Basic {{credentials}}' }] }],
    ['an empty value', { body: { mode: 'urlencoded', urlencoded: [{ key: 'client_secret', value: '' }] } }],
    ['a word to be replaced', oauth2([{ key: 'clientSecret', value: 'your-client-secret-1' }])],
    ['words in angle brackets', oauth2([{ key: 'clientSecret', value: '<client secret 1>' }])],
    [
      'a URL of a token endpoint',
      oauth2([{ key: 'accessTokenUrl', value: 'https://identity.xero.com/connect/token' }]),
    ],
    ['a token type', { body: { mode: 'raw', raw: '{"token_type": "Bearer", "expires_in": 1800}' } }],
    ['a tenant id', { header: [{ key: 'xero-tenant-id', value: '70784a63-d24b-46a9-a4db-0e70a274b056' }] }],
    [
      'a grant type',
      { body: { mode: 'urlencoded', urlencoded: [{ key: 'grant_type', value: 'authorization_code' }] } },
    ],
    ['the name of a token', oauth2([{ key: 'tokenName', value: 'xero token 2026' }])],
    ['a user of a URL in a variable', { url: 'https://{{user}}:{{password}}@api.xero.com/' }],
    ['basic in a sentence', { description: 'Basic authentication is what a web app uses' }],
  ])('%s', (_, parts) => {
    expect(secretsOf(parts)).toEqual([]);
  });

  test('what a script reads', () => {
    const script = `${statusTest}\nconst client_secret = pm.environment.get('client_secret');\nconst access_token = pm.response.json().token1abcdefghijk;`;
    expect(lint(collection([request({}, script)]))).toEqual([]);
  });
});

test('a secret in a name is not printed with the name', () => {
  const item = { ...request({ url: 'http://api.xero.com' }), name: `Invoices of ${secret}` };
  expect(lint(collection([item]))).toMatchObject([{ where: 'Invoices of [hidden] (URL)' }]);
});

test.each([
  'YGGTLAJB7JCacMSPRYFbcebKjcntAJena7q3Z',
  'gBYQagkaLZBAL3w85NaKRGezvaddww8qhBben7q3Z',
  '9YqjragtzXnDynxzUfqyA9by7q3Z',
])('a token with syllables in it by chance is no name: %s', (token) => {
  const item = { ...request({ url: 'http://api.xero.com' }), name: token };
  expect(lint(collection([item]))).toMatchObject([{ where: '[hidden] (URL)' }]);
});

describe('what evergrant has sealed', () => {
  const sealed = `evergrant:1:00c0ffee:0123456789ab.${Buffer.from(secret.repeat(9)).toString('base64url')}`;

  test.each<[string, object]>([
    ['in settings of an authorisation', oauth2([{ key: 'accessToken', value: sealed, type: 'string' }])],
    ['in a header', { header: [{ key: 'Authorization', value: `Bearer ${sealed}` }] }],
    ['in a body', { body: { mode: 'urlencoded', urlencoded: [{ key: 'refresh_token', value: sealed }] } }],
  ])('is no secret %s', (_, parts) => {
    expect(secretsOf(parts)).toEqual([]);
  });

  test('is no secret in a variable', () => {
    expect(secretsOf({}, { variable: [{ key: 'client_secret', value: sealed }] })).toEqual([]);
  });

  test.each(['evergrant:hunter2!Xy8', `evergrant:1:00c0ffee:${secret} and more`])('%s only begins like it', (value) => {
    expect(secretsOf(oauth2([{ key: 'clientSecret', value, type: 'string' }])).length).toBe(1);
  });
});
