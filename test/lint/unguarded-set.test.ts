import { expect, test } from 'vitest';
import { findingsIn, findingsInTest } from './lint-of';

const json = 'const json = pm.response.json();\n';
const set = "pm.environment.set('access_token', json.access_token);";

test.each<[string, string]>([
  ['straight from the answer', "pm.environment.set('t', pm.response.json().access_token);"],
  ['through a variable', json + set],
  [
    'through a variable taken apart',
    "const { access_token } = pm.response.json();\npm.environment.set('t', access_token);",
  ],
  ['with an optional chain', "pm.environment?.set?.('t', pm.response.json()?.access_token);"],
  ['into globals', "pm.globals.set('t', pm.response.json().t);"],
  ['into the collection', "pm.collectionVariables.set('t', pm.response.json().t);"],
  ['through another name', "const { environment: env } = pm;\nenv.set('t', pm.response.json().t);"],
  ['through another name of set', "const put = pm.environment.set;\nput('t', pm.response.json().t);"],
  ['made a text', `${json}pm.environment.set('t', JSON.stringify(json.t));`],
  ['with an empty text for what is missing', `${json}pm.environment.set('t', json.t ?? '');`],
  ['behind a pm.test that may fail', `pm.test('good', () => pm.response.to.have.status(200));\n${json}${set}`],
  ['behind a pm.test that returns', `pm.test('good', () => { if (pm.response.code !== 200) return; });\n${json}${set}`],
  ['behind an if that does not leave', `if (pm.response.code !== 200) pm.test('bad', () => {});\n${json}${set}`],
  ['behind an if about something else', `if (!pm.environment.get('x')) return;\n${json}${set}`],
  ['inside an if about something else', `${json}if (pm.environment.get('x')) ${set}`],
  ['if there is an answer at all', `${json}if (json) ${set}`],
  ['if there is an answer, returned', `${json}if (json === undefined || json === null) return;\n${set}`],
  ['if the answer can be parsed', `let json;\ntry { json = pm.response.json(); } catch (error) { return; }\n${set}`],
  [
    'if a function of its own can parse it',
    `const parsed = (text) => { try { return JSON.parse(text); } catch { return undefined; } };\nconst json = parsed(pm.response.text());\nif (!json) return;\n${set}`,
  ],
  ['if it was quick', `${json}if (pm.response.responseTime < 500) ${set}`],
  ['before the guard', `${json}${set}\nif (pm.response.code !== 200) return;`],
  [
    'in a function that is called before the guard',
    `${json}store();\nif (pm.response.code !== 200) return;\nfunction store() { ${set} }`,
  ],
  [
    'in a function with one unguarded call',
    `${json}if (json.access_token) store();\nstore();\nfunction store() { ${set} }`,
  ],
  ['in a nested function', `${json}(() => { (() => { ${set} })(); })();`],
  ['for each entry', 'Object.entries(pm.response.json()).forEach(([key, value]) => pm.environment.set(key, value));'],
  [
    'from a request of the script',
    "pm.sendRequest('https://x', (error, response) => {\n  pm.environment.set('t', response.json().t);\n});",
  ],
  [
    'if only the network worked',
    "pm.sendRequest('https://x', (error, response) => {\n  if (error) return;\n  if (response) pm.environment.set('t', response.json().t);\n});",
  ],
  ['awaited', "const response = await pm.sendRequest('https://x');\npm.environment.set('t', response.json().t);"],
  ['through an undeclared variable', `json = pm.response.json();\n${set}`],
  ['through an undeclared variable taken apart', "({ t } = pm.response.json());\npm.environment.set('t', t);"],
  ['through an undeclared variable of a loop', 'for (t of pm.response.json()) pm.environment.set(t.key, t.value);'],
  [
    'through an undeclared variable that a function sets',
    `function read() { json = pm.response.json(); }\nread();\n${set}`,
  ],
  ['parsed and asked by a method', "pm.environment.set('t', JSON.parse(pm.response.text()).t.trim());"],
  [
    'parsed, split and joined',
    "const d = JSON.parse(pm.response.text());\npm.globals.set('t', d.a.split('.')[1].trim());",
  ],
  ['out of HTML', "const $ = require('cheerio').load(pm.response.text());\npm.environment.set('t', $('input').val());"],
  ['behind an assertion that it is JSON', `pm.response.to.be.json;\n${json}${set}`],
  ['behind an assertion about a header', `pm.response.to.have.header('Content-Type');\n${json}${set}`],
  ['behind an assertion that it is an object', `${json}pm.expect(json).to.be.an('object');\n${set}`],
  ['promised', "pm.sendRequest('https://x').then((response) => pm.environment.set('t', response.json().t));"],
])('a value that is set %s needs a guard', (_, script) => {
  expect(findingsInTest(script)).toEqual([expect.stringMatching(/^unguarded-set@\d+$/)]);
});

test('Xero’s own: an undeclared variable carries undefined over a good token', () => {
  const script = [
    'jsonData = JSON.parse(responseBody);',
    'postman.setEnvironmentVariable("refresh_token", jsonData.refresh_token);',
  ].join('\n');
  expect(findingsInTest(script)).toContain('unguarded-set@2');
});

test('Xero’s own: postman.setEnvironmentVariable writes undefined over a good token', () => {
  const script = [
    'var jsonData = JSON.parse(responseBody);',
    'postman.setEnvironmentVariable("access_token", jsonData.access_token);',
    'postman.setGlobalVariable("refresh_token", jsonData.refresh_token);',
  ].join('\n');
  const found = findingsInTest(script).filter((one) => one.startsWith('unguarded-set'));
  expect(found).toEqual(['unguarded-set@2', 'unguarded-set@3']);
});

test.each<[string, string]>([
  ['an early return', `if (pm.response.code !== 200) return;\n${json}${set}`],
  ['a throw', `if (pm.response.code !== 200) throw new Error('refused');\n${json}${set}`],
  ['an if about the status', `if (pm.response.code === 200) { ${json}${set} }`],
  ['an if about the value', `${json}if (json.access_token) ${set}`],
  ['an if about the value, optional', `${json}if (json?.access_token) ${set}`],
  ['an if about an error', `${json}if (json.error) { pm.test('bad', () => {}); } else { ${set} }`],
  ['an and', `${json}json.access_token && ${set}`],
  ['a choice', `${json}json.access_token ? ${set.replace(';', '')} : undefined;`],
  ['a switch', `switch (pm.response.code) { case 200: ${json.replace('const', 'var')}${set} }`],
  [
    'a constant made from the status',
    `const refusal = pm.response.code === 200 ? '' : 'refused';\nif (refusal) return;\n${json}${set}`,
  ],
  ['a flag', `let good = false;\nif (pm.response.code === 200) good = true;\n${json}if (good) ${set}`],
  ['a function of its own', `const isGood = () => pm.response.code === 200;\nif (!isGood()) return;\n${json}${set}`],
  ['a pm.expect that throws', `pm.expect(pm.response.code).to.equal(200);\n${json}${set}`],
  ['pm.response.to that throws', `pm.response.to.have.status(200);\n${json}${set}`],
  ['a pm.expect of a property', `${json}pm.expect(json).to.have.property('access_token');\n${set}`],
  ['a pm.expect of a nested property', `${json}pm.expect(json).to.have.nested.property('access_token');\n${set}`],
  ['a pm.expect of keys', `${json}pm.expect(json).to.include.all.keys('access_token', 'expires_in');\n${set}`],
  ['a pm.expect that an error is not there', `${json}pm.expect(json).to.not.have.property('error');\n${set}`],
  [
    'a pm.expect of an object and its property',
    `${json}pm.expect(json).to.be.an('object').that.has.property('a');\n${set}`,
  ],
  ['a pm.expect of a part of the answer', `${json}pm.expect(json).to.deep.include({ ok: true });\n${set}`],
  ['a pm.expect of the status of pm.response', `pm.expect(pm.response).to.have.status(200);\n${json}${set}`],
  [
    'a property, parsed from the text',
    `const json = JSON.parse(pm.response.text());\npm.expect(json).to.have.property('a');\n${set}`,
  ],
  [
    'a property, in the same pm.test',
    `pm.test('x', () => { ${json}pm.expect(json).to.have.property('access_token'); ${set} });`,
  ],
  [
    'chai’s expect',
    `const { expect } = require('chai');\n${json}expect(json).to.have.property('access_token');\n${set}`,
  ],
  ['assert', `const assert = require('assert');\nassert.strictEqual(pm.response.code, 200);\n${json}${set}`],
  ['chai’s assert', `const { assert } = require('chai');\n${json}assert.property(json, 'access_token');\n${set}`],
  ['an assertion of the JSON body', `pm.response.to.have.jsonBody('access_token');\n${json}${set}`],
  ['an undeclared flag', `good = pm.response.code === 200;\n${json}if (good) ${set}`],
  ['a pm.expect inside the same pm.test', `pm.test('good', () => { pm.response.to.have.status(200); ${json}${set} });`],
  [
    'a function that throws',
    `const check = () => { if (pm.response.code !== 200) throw new Error('refused'); };\ncheck();\n${json}${set}`,
  ],
  ['the caller', `${json}if (json.access_token) store(json);\nfunction store(json) { ${set} }`],
  [
    'a judge of its own',
    "function judge(response) { const good = response.code === 200; return good ? response.json() : undefined; }\nconst tokens = judge(pm.response);\nif (!tokens) return;\nstore(tokens);\nfunction store(t) { pm.environment.set('t', t.access_token); }",
  ],
  ['the old value in its place', `${json}pm.environment.set('t', json.t || pm.environment.get('t'));`],
  [
    'the status of a request of the script',
    "pm.sendRequest('https://x', (error, response) => {\n  if (error || response.code !== 200) return;\n  pm.environment.set('t', response.json().t);\n});",
  ],
  ['a function that nothing calls', `${json}function store() { ${set} }`],
])('%s is guard enough', (_, script) => {
  expect(findingsInTest(script)).toEqual([]);
});

test.each<[string, string]>([
  ['fixed', "pm.environment.set('state', 'done');"],
  ['a variable', "pm.environment.set('a', pm.variables.get('b'));"],
  ['the status', "pm.environment.set('last_status', pm.response.code);"],
  ['whether it was good', "pm.environment.set('good', pm.response.code === 200);"],
  ['a local variable', "pm.variables.set('t', pm.response.json().t);"],
])('what is %s needs no guard', (_, script) => {
  expect(findingsInTest(script)).toEqual([]);
});

test('a pre-request script is looked at as well', () => {
  const script =
    "pm.sendRequest('https://x', function (err, res) {\n  var json = res.json();\n  pm.environment.set('t', json.t);\n});";
  expect(findingsIn('prerequest', script)).toEqual(['unguarded-set@3']);
});
