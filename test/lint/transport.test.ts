import { expect, test } from 'vitest';
import { collection, findingsInTest, lint, request } from './lint-of';

function rulesOf(parts: object, rest: object = {}): string[] {
  return lint(collection([request(parts)], rest)).map(({ rule, where }) => `${rule} ${where}`);
}

const plain = 'plain-http Request (URL)';

test.each<[string, unknown]>([
  ['a text', 'http://api.xero.com/connections'],
  ['capitals', 'HTTP://API.XERO.COM'],
  ['a port', 'http://api.xero.com:8080'],
  ['a host that starts like localhost', 'http://localhost.example.com'],
  ['localhost as the user', 'http://localhost@example.com'],
  ['localhost as the path', 'http://example.com/localhost'],
  ['127 in a name', 'http://127.0.0.1.example.com'],
  ['a variable for the host', 'http://{{host}}/connect/token'],
  ['no scheme, which Postman takes for http', 'api.xero.com/connections'],
  ['an object', { raw: 'http://api.xero.com', protocol: 'http', host: ['api', 'xero', 'com'] }],
  [
    'an object whose raw says otherwise',
    { raw: 'https://api.xero.com', protocol: 'http', host: ['api', 'xero', 'com'] },
  ],
  ['an object with a host in one text', { protocol: 'http', host: 'api.xero.com' }],
  ['an object with no protocol and none in raw', { raw: 'api.xero.com/x', host: ['api', 'xero', 'com'] }],
  ['backslashes', 'http:\\\\api.xero.com\\x'],
  ['one slash', 'http:/api.xero.com'],
  ['a host with a port and no scheme', 'api.xero.com:8080/x'],
  ['an address of the local network', 'http://192.168.1.10/x'],
])('plain http is found in a URL that is %s', (_, url) => {
  expect(rulesOf({ url })).toEqual([plain]);
});

test.each<[string, unknown]>([
  ['https', 'https://api.xero.com'],
  ['a variable', '{{token_url}}'],
  ['a variable with a path', '{{base}}/connect/token'],
  ['localhost', 'http://localhost:9080/connect/token'],
  ['localhost without a scheme', 'localhost:9080/x'],
  ['a name of localhost', 'http://xero.localhost/'],
  ['127.0.0.1', 'http://127.0.0.1/'],
  ['[::1]', 'http://[::1]:9080/'],
  ['https with an http redirect URI', 'https://login.xero.com/?redirect_uri=http://example.com'],
  ['an object', { raw: '{{token_url}}', host: ['{{token_url}}'] }],
  ['about:blank', { raw: 'about:blank', host: ['about'], port: 'blank' }],
  ['data', 'data:text/plain,hello'],
  ['mailto', 'mailto:help@example.com'],
  ['https with backslashes', 'https:\\\\api.xero.com\\get'],
  ['https with one slash', 'https:/api.xero.com/x'],
  ['https in capitals', 'HTTPS://API.XERO.COM'],
  ['a socket with TLS', 'wss://api.xero.com'],
  ['a single brace', '{baseUrl}/users'],
  ['a word in angle brackets', '<base_url>/users'],
  ['a variable of a shell', '$BASE_URL/users'],
  ['a variable of a path', ':host/users'],
  ['a word in square brackets', '[host]/users'],
  ['a path alone', '/api/users'],
  ['a path alone, as an object', { raw: '/api/users', path: ['api', 'users'] }],
  ['any address of this computer', 'http://0.0.0.0:8000/x'],
  ['this computer, as containers name it', 'http://host.docker.internal:8080'],
  ['this computer, as Android’s emulator names it', 'http://10.0.2.2:3000'],
  ['https in raw, with no protocol', { raw: 'https://api.xero.com/x', host: ['api', 'xero', 'com'] }],
  ['https in the host', { raw: 'https://api.xero.com', host: ['https://api.xero.com'] }],
  ['an object on loopback', { raw: 'http://127.0.0.1:1/', protocol: 'http', host: ['127', '0', '0', '1'], port: '1' }],
])('a URL is fine that is %s', (_, url) => {
  expect(rulesOf({ url })).toEqual([]);
});

test('plain http is found in variables and in the settings of OAuth 2.0', () => {
  const variable = [{ key: 'token_url', value: 'http://example.com/token' }];
  const auth = { type: 'oauth2', oauth2: [{ key: 'accessTokenUrl', value: 'http://example.com/token' }] };
  expect(rulesOf({ auth }, { variable })).toEqual(
    expect.arrayContaining(['plain-http Request (auth)', 'plain-http collection (variable)']),
  );
  expect(rulesOf({ auth: { type: 'oauth2', oauth2: { authUrl: 'http://example.com/a' } } })).toHaveLength(1);
});

test.each([
  "pm.sendRequest('http://example.com/x');",
  "pm.sendRequest({ url: 'http://example.com/x', method: 'POST' });",
  "const url = 'http://example.com'; pm.sendRequest(url + '/x');",
  "const listing = { url: `http://${pm.environment.get('host')}/x` }; pm.sendRequest(listing);",
])('plain http is found in %s', (script) => {
  expect(findingsInTest(script)).toEqual(['plain-http@1']);
});

test.each([
  "pm.sendRequest('https://x');",
  "pm.sendRequest('http://localhost:1/x');",
  "const ns = 'http://www.w3.org/2000/svg';",
])('plain http is not found in %s', (script) => {
  expect(findingsInTest(script)).toEqual([]);
});

const grant = [{ key: 'grant_type', value: 'refresh_token', type: 'text' }];
const wrong = 'token-call-not-urlencoded Request (body)';

test.each<[string, object]>([
  ['as form-data', { body: { mode: 'formdata', formdata: grant } }],
  [
    'as form-data to a token URL',
    { url: 'https://identity.xero.com/connect/token', body: { mode: 'formdata', formdata: [] } },
  ],
  ['as form-data to a variable', { url: { raw: '{{token_url}}' }, body: { mode: 'formdata', formdata: [] } }],
  ['as JSON', { body: { mode: 'raw', raw: '{"grant_type": "refresh_token"}' } }],
])('a token call is found that is sent %s', (_, parts) => {
  expect(rulesOf(parts)).toEqual([wrong]);
});

test('a token call is found whose Content-Type contradicts its body', () => {
  const header = [{ key: 'content-type', value: 'application/json' }];
  const body = { mode: 'urlencoded', urlencoded: grant };
  const url = '{{token_url}}';
  expect(rulesOf({ url, header, body })).toEqual(['token-call-not-urlencoded Request (header)']);
  expect(rulesOf({ url, header: 'Content-Type: application/json', body })).toHaveLength(1);
});

test('a token call is found that a script sends as form-data', () => {
  const script = [
    'pm.sendRequest({',
    "  url: 'https://identity.xero.com/connect/token', method: 'POST',",
    "  body: { mode: 'formdata', formdata: [{ key: 'grant_type', value: 'refresh_token' }] },",
    '});',
  ].join('\n');
  expect(findingsInTest(script)).toEqual(['token-call-not-urlencoded@3']);
  expect(findingsInTest(script.replaceAll('formdata', 'urlencoded'))).toEqual([]);
});

test.each<[string, string]>([
  ['JSON', "raw: JSON.stringify({ grant_type: 'refresh_token', refresh_token: pm.environment.get('t') })"],
  ['JSON with a quoted key', "raw: JSON.stringify({ 'grant_type': 'refresh_token' })"],
  ['a text with JSON in it', 'raw: \'{"grant_type":"client_credentials"}\''],
  ['a template with JSON in it', 'raw: `{"grant_type": "password", "x": "${1}"}`'],
  ['a variable with JSON in it', 'raw: payload'],
  ['a sum of texts', 'raw: \'{"grant_type":"\' + kind + \'"}\''],
])('a token call is found that a script sends as %s', (_, raw) => {
  const script = [
    "const kind = 'password'; const payload = JSON.stringify({ grant_type: kind });",
    `pm.sendRequest({ url: 'https://identity.xero.com/connect/token', body: { mode: 'raw', ${raw} } });`,
  ].join('\n');
  expect(findingsInTest(script)).toEqual(['token-call-not-urlencoded@2']);
});

test.each([
  "body: { mode: 'raw', raw: JSON.stringify({ username: 'x', grants: ['grant_type'] }) }",
  "body: { mode: 'raw', raw: 'grant_type=refresh_token' }",
  "body: { mode: 'urlencoded', urlencoded: [{ key: 'grant_type', value: 'refresh_token' }] }",
  "body: { mode: 'formdata', formdata: [{ key: 'file', src: 'a' }] }",
])('no token call in the wrong form is %s', (body) => {
  expect(findingsInTest(`pm.sendRequest({ url: 'https://x', ${body} });`)).toEqual([]);
});

test.each<[string, object]>([
  [
    'a login that is no OAuth 2.0',
    {
      url: 'https://example.com/api/token',
      body: { mode: 'formdata', formdata: [{ key: 'username', value: '{{user}}' }] },
    },
  ],
  ['a urlencoded token call', { url: '{{token_url}}', body: { mode: 'urlencoded', urlencoded: grant } }],
  [
    'an upload',
    { url: 'https://api.xero.com/files', body: { mode: 'formdata', formdata: [{ key: 'file', type: 'file' }] } },
  ],
  ['JSON to an API', { url: 'https://api.xero.com', body: { mode: 'raw', raw: '{"Name": "x"}' } }],
])('%s is fine', (_, parts) => {
  expect(rulesOf(parts)).toEqual([]);
});
