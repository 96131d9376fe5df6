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
  ['a header is asserted', "pm.test('json', () => pm.response.to.have.header('Content-Type'));"],
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
