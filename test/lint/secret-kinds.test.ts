import { describe, expect, test } from 'vitest';
import { collection, event, lint, request, statusTest } from './lint-of';

/** How many secrets are found in a collection. */
function secretsIn(parts: object, rest: object = {}): number {
  return lint(collection([request(parts)], rest)).filter(({ rule }) => rule === 'secret-in-file').length;
}

function secretsInScript(script: string): number {
  const item = { ...request(), event: [event('test', `${statusTest}\n${script}`)] };
  return lint(collection([item])).filter(({ rule }) => rule === 'secret-in-file').length;
}

const body = (raw: string): object => ({ body: { mode: 'raw', raw } });
const header = (key: string, value: string): object => ({ header: [{ key, value }] });
const auth = (type: string, settings: Readonly<Record<string, string>>): object => ({
  auth: { type, [type]: Object.entries(settings).map(([key, value]) => ({ key, value })) },
});
const variable = (key: string, value: unknown): [object, object] => [{}, { variable: [{ key, value }] }];
const basic = (text: string): string => Buffer.from(text).toString('base64');
/** Put together here, so that nobody who searches this file for secrets finds one. */
const joined = (...parts: string[]): string => parts.join('');

const hex = '8f14e45fceea167a5a36dedd4bea2543';
const mixed = 'aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5z';

describe('a secret is found in the settings of an authorisation:', () => {
  test.each<[string, object]>([
    ['a short password', auth('basic', { username: 'admin', password: 'kane' })],
    ['a password of letters', auth('basic', { username: 'admin', password: 'correcthorsebattery' })],
    ['a password that is "password"', auth('basic', { username: 'admin', password: 'password' })],
    ['a password in words', auth('basic', { username: 'admin', password: 'correct horse battery' })],
    ['a password of digits', auth('digest', { username: 'admin', password: '1234' })],
    ['a password of NTLM', auth('ntlm', { username: 'admin', password: 'kane' })],
    ['a password of v2.0', { auth: { type: 'basic', basic: { username: 'admin', password: 'kane' } } }],
    ['a client secret of letters', auth('oauth2', { clientSecret: 'letmeinplease', clientId: '0oa1b2c3d4e5f6g7h8i9' })],
    ['a password grant', auth('oauth2', { username: 'ann', password: 'letmein' })],
    ['a consumer secret', auth('oauth1', { consumerKey: 'abc', consumerSecret: 'letmeinplease' })],
    ['a token secret', auth('oauth1', { tokenSecret: 'p4ssw0rd-x' })],
    ['a bearer token', auth('bearer', { token: 'tok-92hf83' })],
    ['an API key', auth('apikey', { key: 'X-Api-Key', value: 'k-2024-x9' })],
    ['an API key of v2.0', { auth: { type: 'apikey', apikey: { key: 'X-Key', value: hex } } }],
    ['an AWS key', auth('awsv4', { accessKey: 'x', secretKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYzT8b2Lq' })],
    ['a key that signs', auth('jwt', { secret: 'letmein42' })],
  ])('%s', (_, parts) => {
    expect(secretsIn(parts)).toBe(1);
  });
});

describe('no secret is in the settings of an authorisation:', () => {
  test.each<[string, object]>([
    ['its own name', auth('oauth2', { refreshToken: 'refreshToken' })],
    ['its own name in capitals', auth('oauth2', { clientSecret: 'CLIENT_SECRET' })],
    ['its own name with more of that kind', auth('bearer', { token: 'my-access-token' })],
    ['words for both', auth('basic', { username: 'username', password: 'password' })],
    ['words in angle brackets', auth('basic', { username: '<user>', password: '<password>' })],
    ['words in braces', auth('apikey', { key: 'X-Api-Key', value: '{api_key}' })],
    ['what is to be replaced', auth('basic', { username: 'admin', password: 'YOUR_PASSWORD' })],
    ['a variable', auth('basic', { username: '{{user}}', password: '{{password}}' })],
    ['a variable of a shell', auth('bearer', { token: '$TOKEN' })],
    ['the name of a header', auth('apikey', { key: 'x-api-key', value: '{{key}}', in: 'header' })],
    ['where the token goes', auth('oauth2', { addTokenTo: 'header', tokenName: 'My token 1', headerPrefix: 'Bearer' })],
    ['a grant type', auth('oauth2', { grant_type: 'password_credentials', client_authentication: 'body' })],
    [
      'the URL of a token',
      auth('oauth2', { accessTokenUrl: 'https://example.com/oauth/token', authUrl: 'https://x/y' }),
    ],
    ['nothing', auth('basic', { username: '', password: '' })],
    ['a token that is shortened', auth('bearer', { token: 'eyJhbGciOiJIUzI1NiJ9...' })],
  ])('%s', (_, parts) => {
    expect(secretsIn(parts)).toBe(0);
  });
});

describe('a secret is found in a body, header, URL or variable:', () => {
  test.each<[string, object, object?]>([
    ['a plain password in JSON', body('{"user":"admin","password":"hunter2"}')],
    ['a password of letters in JSON', body('{"user":"admin","password":"letmeinplease"}')],
    ['"password" beside a user', body('{"email":"ann@acme.com","password":"password"}')],
    ['a password with another name', body('{"userPassword": "Summer2024!"}')],
    ['a password for the second time', body('{"password2": "Summer2024!"}')],
    ['a password that is a number', body('{"user": "a", "password": 123456}')],
    ['a Portuguese password', body('{"senha": "segredo1"}')],
    ['a Spanish password', body('{"contraseña": "secreto1"}')],
    ['JSON inside JSON', body(JSON.stringify({ payload: '{"password":"hunter2"}' }))],
    ['JSON with spaces', body('{\n  "password" : "hunter2"\n}')],
    ['single quotes', body("{'password': 'hunter2'}")],
    [
      'a query of GraphQL',
      { body: { mode: 'graphql', graphql: { query: 'mutation { login(user: "a", password: "hunter2") }' } } },
    ],
    [
      'variables of GraphQL',
      { body: { mode: 'graphql', graphql: { query: '', variables: '{"password":"hunter2"}' } } },
    ],
    ['an element of XML', body('<login><user>a</user><password>Summer2024!</password></login>')],
    ['an element with a prefix', body('<wsse:Password Type="PasswordText">Summer2024!</wsse:Password>')],
    ['an element with CDATA', body('<Password><![CDATA[Summer2024!]]></Password>')],
    ['an attribute of XML', body('<login user="a" password="Summer2024!"/>')],
    ['a form', { body: { mode: 'urlencoded', urlencoded: [{ key: 'password', value: 'hunter2' }] } }],
    [
      'a form that is switched off',
      { body: { mode: 'urlencoded', urlencoded: [{ key: 'password', value: 'hunter2', disabled: true }] } },
    ],
    ['a raw form', body('grant_type=password&username=ann&password=hunter2')],
    ['a client secret of letters in a raw form', body('client_secret=letmeinplease&scope=x')],
    ['a subscription key', header('Ocp-Apim-Subscription-Key', hex)],
    ['a functions key', header('x-functions-key', `${mixed}==`)],
    ['a key by another name', header('X-Key', hex)],
    ['an authorisation without a scheme', header('Authorization', hex)],
    ['an authorisation with a scheme of its own', header('Authorization', `Zoho-oauthtoken 1000.${hex}`)],
    ['Basic with a short password', header('Authorization', `Basic ${basic('admin:kane')}`)],
    ['Basic with a key alone', header('Authorization', `Basic ${basic(`${hex}:`)}`)],
    ['a session in a cookie', header('Cookie', `lang=en; JSESSIONID=${hex}; x=1`)],
    ['an API key in a query', { url: `https://api.example.com/w?appid=${hex}` }],
    ['a key in a query', { url: `https://maps.example.com/?key=${mixed}` }],
    ['a key in a row of a query', { url: { raw: '', query: [{ key: 'api_key', value: hex }] } }],
    ['the code of a function', { url: `https://x.azurewebsites.net/api/f?code=${mixed}==` }],
    ['a SAS signature', { url: `https://x.blob.core.windows.net/a?sv=2020&sig=${mixed}%3D&se=2030` }],
    ['a password in a URL', { url: 'https://admin:status@api.example.com/x' }],
    ['a password in the URL of a database', { description: 'use mongodb+srv://ann:hunter2xyz@cluster0.mongodb.net/x' }],
    ['a password under a name of its own', ...variable('userPass', 'Summer2024!')],
    ['a password that is a number in a variable', ...variable('password', 123456)],
    ['a key under a neutral name', ...variable('stripe', joined('sk', '_live_4eC39HqLyjWDarjtT1zdp7dc'))],
    ['a password in a sentence', { description: 'Log in with password: Summer2024! and go on.' }],
    ['a password in a list', { description: '- **user**: ann\n- password = hunter2x' }],
    ['a token in a sentence', { description: `the old token: ${hex}` }],
  ])('%s', (_, parts, rest = {}) => {
    expect(secretsIn(parts, rest)).toBe(1);
  });
});

describe('no secret is in a body, header, URL or variable:', () => {
  test.each<[string, object, object?]>([
    [
      'a word, then a key',
      body('{"grantType": "password",\n"userName": "{{user}}", "event": "regenerate_secret",\n"clientId": "1"}'),
    ],
    ['a word in a list, then a key', body('{"fields": ["password", "username1"], "token": "{{t}}"}')],
    ['a list after a name', body('{"apiKey": "YOUR_API_KEY", "merchantAccounts": [], "tokens": []}')],
    ['a name in camel case', body('{"token": "accessToken", "secret": "clientSecret"}')],
    ['single braces', body('{"access_token": "{access_token}", "refresh_token": "{refresh_token}"}')],
    ['angle brackets', body('{"password": "<string>", "token": "<uuid>"}')],
    ['square brackets', body('{"password": "[PASSWORD]"}')],
    ['a type', body('{"password": "string", "token": "string"}')],
    ['its own name', body('{"username": "username", "password": "password"}')],
    ['a wrong one', body('{"user": "ann", "password": "wrongpassword"}')],
    ['an invalid one', header('Authorization', 'Bearer invalid-token-1234567890')],
    ['what is to be replaced', body('{"apiKey": "REPLACE_ME_WITH_A_KEY_1"}')],
    ['stars', body('{"password": "********"}')],
    ['crosses', header('X-Api-Key', 'xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx')],
    ['dots', body('{"access_token": "eyJ0eXAiOiJKV1QiLCJhbGciOi...", "refresh_token": "abc..."}')],
    ['a variable in XML', body('<password>{{password}}</password>')],
    ['a word in XML', body('<password>string</password>')],
    [
      'a type of GraphQL',
      { body: { mode: 'graphql', graphql: { query: 'mutation ($password: String!) { login(password: $password) }' } } },
    ],
    ['the token that Postman adds', header('Postman-Token', '003d55c1-2ebc-4e25-b9da-26bf053a8a5c')],
    ['a token of a page', { url: `https://x/?page_token=${hex}&next_token=${hex}` }],
    ['an idempotency key', header('Idempotency-Key', '003d55c1-2ebc-4e25-b9da-26bf053a8a5c')],
    ['a public key', body(`{"publicKey": "${mixed}"}`)],
    ['a count of tokens', body('{"max_tokens": 4096, "total_tokens": 123456789}')],
    ['a time', body('{"tokenExpiresAt": "2026-11-22T10:00:00Z", "password_changed": "2026-11-22"}')],
    ['a link', body('{"passwordResetUrl": "https://example.com/reset/1234567890ab"}')],
    ['a mail address behind a link', { description: 'Write to [help@example.com](https://mailto:help@example.com).' }],
    ['a mail address', { description: 'mailto:help@example.com or https://example.com/@help' }],
    ['a placeholder for a password in a URL', { url: 'https://user:password@api.example.com/' }],
    ['a variable for a password in a URL', { url: 'https://{{user}}:{{password}}@api.example.com/' }],
    ['a port', { url: 'https://api.example.com:8443/users/@me' }],
    ['a key with dots', body('-----BEGIN RSA PRIVATE KEY-----\\n...\\n-----END RSA PRIVATE KEY-----')],
    ['a key to be pasted', body('-----BEGIN PRIVATE KEY-----\nYOUR KEY HERE\n-----END PRIVATE KEY-----')],
    ['a key in a variable', body('-----BEGIN PRIVATE KEY-----\n{{private_key}}\n-----END PRIVATE KEY-----')],
    ['a certificate', body('-----BEGIN CERTIFICATE-----\nMIIEowIBAAKCAQEA\n-----END CERTIFICATE-----')],
    ['Basic of placeholders', header('Authorization', `Basic ${basic('username:password')}`)],
    ['Basic of words to replace', header('Authorization', `Basic ${basic('your_client_id:your_client_secret')}`)],
    ['a row of neighbours', header('X-Api-Key', '1234567890abcdef')],
    [
      'the example of jwt.io',
      header(
        'Authorization',
        'Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c',
      ),
    ],
    [
      'the example of the standard',
      body('{"access_token":"2YotnFZFEjr1zCsicMWpAA","refresh_token":"tGzv3JOkF0XG5Qx2TlKWIA"}'),
    ],
    [
      'what a description says of one',
      { description: '| password | string | the password of the user |\n`token`: the access token' },
    ],
    ['a sentence about one', { description: 'A secret: never tell it. The password: at least 8 characters.' }],
    ['a verb', ...variable('forgotPassword', 'forgot-password-v2')],
    ['a path', ...variable('token_path', '/oauth2/v1/token')],
    ['a boolean', body('{"hasPassword": "true", "password": "required"}')],
  ])('%s', (_, parts, rest = {}) => {
    expect(secretsIn(parts, rest)).toBe(0);
  });
});

describe('a secret is found by its form, under any name:', () => {
  test.each<[string, string]>([
    ['Stripe', joined('sk', '_test_4eC39HqLyjWDarjtT1zdp7dc')],
    ['Google', joined('AIza', 'SyB1c2D3e4F5g6H7i8J9k0L1m2N3o4P5q6R')],
    ['AWS', joined('AKIA', 'QX7ZK2M4N6P8R3T5')],
    ['GitHub', joined('ghp', '_16C7e42F292c6912E7710c838347Ae178B4a')],
    ['GitLab', joined('glpat', '-a8Jd72kLq9Xw3Zp0Rt5Y')],
    ['Slack', joined('xox', 'b-123456789012-1234567890123-a1B2c3D4e5F6g7H8i9J0k1L2')],
    ['Postman', joined('PMAK', '-5f2b8c9d1e3a4b6c7d8e9f0a-1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e')],
    ['Twilio', joined('SK', '8f14e45fceea167a5a36dedd4bea2543')],
    ['SendGrid', joined('SG.', 'ngeVfQFYQlKU0ufo8x5d1A.TwL2iGABf9DHoTf-09kqeF8tAmbihYzrnopKc-1s5cr')],
    ['Telegram', joined('https://api.telegram.org/bot', '123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1/sendMessage')],
    ['a webhook of Slack', joined('https://hooks.slack', '.com/services/T02AB3CD4/B05EF6GH7/k1L2m3N4o5P6q7R8s9T0u1V2')],
    [
      'a webhook of Discord',
      joined(
        'https://discord',
        '.com/api/webhooks/123456789012345678/aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5zaB3dE5fG7hI9jK1lM3nO5p',
      ),
    ],
    [
      'a webhook of Teams',
      joined(
        'https://acme.webhook.office',
        `.com/webhookb2/${hex.slice(0, 8)}-1111-4222-8333-${hex.slice(0, 12)}@${hex.slice(0, 8)}-1111-4222-8333-${hex.slice(0, 12)}/IncomingWebhook/${hex}/${hex}`,
      ),
    ],
    ['an account of Azure', joined('DefaultEndpointsProtocol=https;AccountName=a;Account', `Key=${mixed}${mixed}/A==`)],
    [
      'a private key',
      joined(
        '-----BEGIN RSA PRIVATE',
        ' KEY-----\\nMIIEowIBAAKCAQEA2a2rwplBQLF29amygykEMmYz0\\n-----END RSA PRIVATE KEY-----',
      ),
    ],
  ])('%s', (_, value) => {
    expect(secretsIn(...variable('thing', value))).toBe(1);
    expect(secretsInScript(`const thing = ${JSON.stringify(value)};`)).toBe(1);
  });
});

describe('a secret is found in a script:', () => {
  test.each([
    "pm.request.headers.add({ key: 'Authorization', value: 'Basic ' + btoa('admin:Summer2024!') });",
    "const credentials = Buffer.from('admin:Summer2024!').toString('base64');",
    "CryptoJS.enc.Base64.stringify(CryptoJS.enc.Utf8.parse('admin:Summer2024!'));",
    'const body = `client_secret=Summer2024!xyz&grant_type=client_credentials`;',
    'const body = `client_secret=Summer2024!xyz&scope=${pm.variables.get("scope")}`;',
    "const body = 'grant_type=password&password=hunter2';",
    'const body = \'{"password": "hunter2"}\';',
    "const body = '<password>hunter2</password>';",
    `pm.request.headers.add({ key: 'X-Key', value: '${hex}' });`,
    `pm.request.headers.upsert({ key: 'Authorization', value: 'Bearer ${hex}' });`,
    "pm.environment.set('password', 'hunter2');",
    "pm.variables.set('user_password', `hunter2`);",
    "const password = 'hunter2';",
    "var userPass; userPass = 'hunter2';",
    "config.db.password = 'hunter2';",
    "const user = { name: 'ann', password: 'hunter2' };",
    "const password = pm.environment.get('password') || 'hunter2';",
    "function login(user, password = 'hunter2') {}",
    `const apiKey = '${hex}';`,
    "const hash = CryptoJS.HmacSHA256(pm.request.body.raw, 'letmeinplease');",
    `// old token: ${hex}`,
    '// password = Summer2024!xyz',
    "// pm.environment.set('password', 'Summer2024!');",
    `/* Authorization: Bearer ${hex} */`,
    "pm.sendRequest('https://ann:hunter2@api.example.com/');",
    "const = 1; pm.environment.set('password', 'Summer2024!');",
  ])('%s', (script) => {
    expect(secretsInScript(script)).toBe(1);
  });
});

describe('no secret is in a script:', () => {
  test.each([
    'const secret = need(pm, "client_secret", "clientSecret");',
    "const names = ['password', 'hunter2name'];",
    "pm.environment.get('client_secret', 'accessToken2');",
    "pm.environment.unset('password');",
    "const password = pm.environment.get('password');",
    "const tokenName = 'access_token_v2';",
    "const passwordField = '#password-input-1';",
    "pm.expect(json.password).to.eql(undefined, 'password: never sent');",
    "const messages = { password: 'Password is required' };",
    "pm.environment.set('token', pm.response.json().token);",
    "pm.environment.set('grant_type', 'password');",
    "const body = `client_secret=${pm.variables.get('client_secret')}&grant_type=password`;",
    "const body = 'client_secret={{client_secret}}&password={{password}}';",
    "const header = 'Bearer ' + pm.variables.get('access_token');",
    "const at = Buffer.from('a:b').toString('base64');",
    "const when = moment.parse('10:30:00');",
    "const basic = btoa('username:password');",
    '// password: the password of the user',
    "// pm.environment.set('password', '<password>');",
    "if (tokenType === 'Bearer') {}",
    "const url = 'https://api.example.com/v1/users/token-refresh-2';",
    "const sessionStatus = 'session-open-2024';",
  ])('%s', (script) => {
    expect(secretsInScript(script)).toBe(0);
  });
});

test.each([
  'get3dsAvailability',
  'createOAuth2Client',
  'TC001_Login_ValidUser',
  'GetS3BucketEncryption',
  'Step10ValidateResponse',
  'x-www-form-urlencoded body',
  'listV2CustomersByRegion',
  '/api/v1/users/{id}/2fa/enable',
  'oauth1.0a_signature',
])('a request keeps its name: %s', (name) => {
  const item = { ...request({ url: 'http://api.example.com' }), name };
  expect(lint(collection([item])).map(({ where }) => where)).toEqual([`${name} (URL)`]);
});
