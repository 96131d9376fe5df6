import { describe, expect, test } from 'vitest';
import { collection, event, lint, request, statusTest } from './lint-of';

function isFound(tests: string): boolean {
  return lint(collection([request({}, tests)])).some(({ rule }) => rule === 'no-status-assertion');
}

test.each<[string, string]>([
  ['there is no test', ''],
  ['only the body is tested', "pm.test('a name', () => pm.expect(pm.response.json().name).to.be.ok);"],
  ['the status is compared and not asserted', "pm.test('good', () => pm.response.code === 200);"],
  ['the assertion is a comment', '// pm.response.to.have.status(200);'],
  ['the assertion is in a function that nothing calls', 'function check() { pm.response.to.have.status(200); }'],
  ['the assertion calls only itself', 'function check() { pm.response.to.have.status(200); check(); }'],
  ['the test is skipped', "pm.test.skip('good', () => pm.response.to.have.status(200));"],
  [
    'another answer is asserted',
    "pm.sendRequest('https://x', (e, res) => pm.test('good', () => pm.expect(res.code).to.equal(200)));",
  ],
  ['the time is asserted', "pm.test('quick', () => pm.expect(pm.response.responseTime).to.be.below(200));"],
  [
    'only the body is tested, where the status is good',
    'if (pm.response.code === 200) { const j = pm.response.json(); pm.test("x", () => pm.expect(j.a).to.eql(1)); }',
  ],
  ['a header is asserted', "pm.test('json', () => pm.response.to.have.header('Content-Type'));"],
  ['its words are compared with a number', "pm.test('ok', () => pm.expect(pm.response.status >= 400).to.be.false);"],
  ['a number is compared with its words', 'pm.expect(399 < pm.response.status).to.be.false;'],
  ['its words never are 500', "pm.test('ok', () => pm.expect(pm.response.status === 500).to.be.false);"],
  ['its old words are compared with a number', 'tests.good = !(responseCode.name >= 400);'],
  ['a list of numbers never has its words', 'pm.expect([400, 500].includes(pm.response.status)).to.be.false;'],
  ['an alias of its words is compared with a number', 'const { status } = pm.response; if (status > 399) throw 1;'],
  ['a property of the answer that is no status is asserted', "pm.response.to.have.property('responseTime');"],
  ['a list is asserted to include a value of the body', 'pm.expect([1, 2]).to.include(pm.response.json().code2);'],
  ['assert is about the body', "const assert = require('assert'); assert.equal(pm.response.json().a, 1);"],
  [
    'every branch skips the test',
    "(pm.info.iteration ? pm.test.skip : pm.test.skip)('x', () => pm.response.to.be.ok);",
  ],
])('a request is found where %s', (_, tests) => {
  expect(isFound(tests)).toBe(true);
});

test.each<[string, string]>([
  ['to.have.status', statusTest],
  ['to.be.ok', "pm.test('good', () => pm.response.to.be.ok);"],
  ['to.not.be.error', "pm.test('good', () => { pm.response.to.not.be.error; });"],
  ['pm.expect of the code', "pm.test('good', () => pm.expect(pm.response.code).to.be.oneOf([200, 204]));"],
  ['pm.expect of pm.response', "pm.test('good', () => pm.expect(pm.response).to.have.status(200));"],
  ['a property', "pm.test('good', () => pm.expect(pm.response).to.have.property('code', 200));"],
  ['an alias', "const { code } = pm.response; pm.test('good', () => pm.expect(code).to.equal(200));"],
  [
    'a function of its own',
    "function judge(r) { pm.test('good', () => pm.expect(r.code).to.equal(200)); }\njudge(pm.response);",
  ],
  ['a failure where it is bad', "pm.test('good', () => { if (pm.response.code !== 200) pm.expect.fail('refused'); });"],
  ['a throw where it is bad', "if (pm.response.code !== 200) throw new Error('refused');"],
  ['the old tests[…]', 'tests["good"] = responseCode.code === 200;'],
  ['a script that cannot be read, which is a finding of its own', 'pm.test('],
  [
    'a flag that is set where it is good',
    'let good = false; if (pm.response.code === 200) good = true; pm.expect(good).to.be.true;',
  ],
  ['a list that includes it', 'pm.expect([200, 201]).to.include(pm.response.code);'],
  ['a list that contains it', 'pm.expect([200, 201]).to.contain(pm.response.code);'],
  ['a list asked for it', 'pm.expect([200, 201].includes(pm.response.code)).to.be.true;'],
  ['a number that equals it', 'pm.expect(200).to.equal(pm.response.code);'],
  ['a deep comparison with it', 'pm.expect([200]).to.deep.equal([pm.response.code]);'],
  ['a property of pm.response', "pm.response.to.have.property('code', 200);"],
  ['its words as a property', "pm.response.to.have.property('status', 'OK');"],
  ['an object in pm.response', 'pm.expect(pm.response).to.include({ code: 200 });'],
  ['its words compared with words', "pm.expect(pm.response.status === 'OK').to.be.true;"],
  ['chai', "const chai = require('chai'); chai.expect(pm.response.code).to.equal(200);"],
  ['expect taken out of chai', "const { expect } = require('chai'); expect(pm.response).to.have.status(200);"],
  ['assert of chai', "const { assert } = require('chai'); assert.include([200, 204], pm.response.code);"],
  ['chai.assert', "require('chai').assert.equal(pm.response.code, 200);"],
  ['assert', "const assert = require('assert'); assert.strictEqual(pm.response.code, 200);"],
  ['assert called', "require('assert')(pm.response.code === 200, 'refused');"],
  ['assert.ok', "const assert = require('node:assert'); assert.ok(pm.response.code < 300);"],
  ['assert of a property', "const { assert } = require('chai'); assert.propertyVal(pm.response, 'code', 200);"],
  ['assert.fail where it is bad', "const assert = require('assert'); if (pm.response.code !== 200) assert.fail('x');"],
  [
    'a test that is skipped sometimes',
    "(pm.info.iteration ? pm.test : pm.test.skip)('x', () => pm.response.to.be.ok);",
  ],
  [
    'a name for such a test',
    "const t = pm.info.iteration ? pm.test : pm.test.skip; t('x', () => pm.response.to.be.ok);",
  ],
  [
    'a name set to skip',
    "let t = pm.test; if (pm.info.iteration) t = pm.test.skip; t('x', () => pm.response.to.be.ok);",
  ],
  ['such a test by and, or', "(pm.info.iteration && pm.test.skip || pm.test)('x', () => pm.response.to.be.ok);"],
  ['an undeclared alias', "code = pm.response.code; pm.test('good', () => pm.expect(code).to.equal(200));"],
  ['code out of a text, which is a finding of its own', "eval(pm.globals.get('checks')); checkStatus();"],
])('%s counts as a status assertion', (_, tests) => {
  expect(isFound(tests)).toBe(false);
});

describe('a status assertion is inherited', () => {
  const bare = { name: 'Request', request: 'https://api.xero.com' };

  test('from the collection', () => {
    expect(lint(collection([bare], { event: [event('test', statusTest)] }))).toEqual([]);
  });

  test('from a folder, by the requests in it only', () => {
    const folder = { name: 'Folder', item: [{ name: 'Inner', item: [bare] }], event: [event('test', statusTest)] };
    expect(lint(collection([folder, bare])).map(({ where }) => where)).toEqual(['Request (tests)']);
  });

  test('not from a pre-request script, nor from a script that is switched off', () => {
    const off = { ...event('test', statusTest), disabled: true };
    expect(lint(collection([bare], { event: [event('prerequest', 'pm.response.to.be.ok'), off] }))).toHaveLength(1);
  });
});
