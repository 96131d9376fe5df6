import { expect, test } from 'vitest';
import { collection, event, findingsInTest, lint, request, statusTest } from './lint-of';

test.each([
  'tests.good = true;',
  "postman.setNextRequest('x');",
  "const f = postman['getGlobalVariable'];",
  'if (responseBody) {}',
  'const { code } = responseCode;',
  'const x = { responseBody };',
  'const x = responseHeaders.a;',
  'const x = environment.a;',
])('the old API is found in %s', (script) => {
  expect(findingsInTest(script)).toEqual(['legacy-api@1']);
});

test.each([
  'const tests = []; tests.push(1);',
  'const x = { tests: 1, postman: 2 }; x.tests = x.postman;',
  'function f(responseBody) { return responseBody; } f(1);',
  "const url = 'postman.com';",
  'data = JSON.parse(pm.response.text()); pm.expect(data.id).to.equal(1);',
  'request = { a: 1 }; pm.expect(request.a).to.equal(1);',
])('the old API is not found in %s', (script) => {
  expect(findingsInTest(script)).toEqual([]);
});

test.each(['const = 1;', 'pm.test("x", () => {', 'let a; let a;', '('.repeat(50_000)])(
  'a script that is no JavaScript is a finding and no crash',
  (script) => {
    expect(findingsInTest(script)).toEqual(['script-unreadable@null']);
  },
);

test.each(['return;', 'await pm.sendRequest("https://x");', 'class A { static #x = 1; }', 'const a = b?.c ?? 1n;', ''])(
  'what the sandbox takes is JavaScript: %s',
  (script) => {
    expect(findingsInTest(script)).toEqual([]);
  },
);

test('a script that is too large to be followed is a finding, and its secrets are found all the same', () => {
  const script = `// password = Summer2024!xyz\n${'console.log(pm.response.text());\n'.repeat(10_000)}`;
  expect(findingsInTest(script)).toEqual(['secret-in-file@1', 'script-unreadable@null']);
});

test.each<[string, string]>([
  ['many sets of the answer', "pm.environment.set('a', pm.response.json().a);"],
  ['a variable that is set and used again and again', "if (x) pm.environment.set('a', x); x = pm.response.json();"],
  ['a function that is another one each time', 'f = a; f();'],
  ['calls that call themselves', 'function f(a) { return f(a); }'],
  ['many logs', 'console.log(a);'],
])('%s are followed or given up, in a bounded number of steps', (_, statement) => {
  const script = statement.repeat(Math.floor(190_000 / statement.length));
  expect(findingsInTest(script).every((one) => /^(script-unreadable|unguarded-set|value-logged)@/.test(one))).toBe(
    true,
  );
});

test('a script of 10,000 variables, each set from the one before, is a finding and no crash', () => {
  const chain = Array.from({ length: 10_000 }, (_, at) => `const v${at + 1} = v${at};`).join('');
  const script = `const v0 = pm.response.text();${chain}console.log(v10000);`;
  expect(findingsInTest(script)).toEqual(['script-unreadable@null']);
});

test.each<[string, object]>([
  ['a name', { src: 'tests.js' }],
  ['a list', { src: ['a.js'] }],
  ['a URL', { src: { raw: 'https://example.com/a.js' } }],
  ['a name beside the lines that it hides', { src: 'tests.js', exec: [statusTest] }],
])('a script with src, %s, is found, and asserts nothing', (_, script) => {
  const item = { ...request(), event: [{ listen: 'test', script }] };
  expect(lint(collection([item])).map(({ rule }) => rule)).toEqual(['no-status-assertion', 'script-from-src']);
});

test('an empty src is none', () => {
  const item = { ...request(), event: [{ listen: 'test', script: { src: '', exec: statusTest } }] };
  expect(lint(collection([item]))).toEqual([]);
});

test.each([
  "eval('1');",
  "new Function('return 1')();",
  "Function('return 1')();",
  'const run = eval; run(pm.variables.get("code"));',
  "setTimeout('x()', 1);",
  "require('https://example.com/a.js');",
  "pm.require('npm:lodash');",
  "pm.require('jsr:@std/assert@^1.0.0');",
  "pm.require(pm.environment.get('package'));",
])('code out of a text is found in %s', (script) => {
  expect(findingsInTest(script)).toEqual(['code-from-text@1']);
});

test.each([
  "require('crypto-js');",
  "pm.require('npm:lodash@4.17.21');",
  "pm.require('@team/package');",
  'setTimeout(() => {}, 1);',
  'const evaluate = () => {}; evaluate();',
])('code out of a text is not found in %s', (script) => {
  expect(findingsInTest(script)).toEqual([]);
});

test('a finding says where: folders, request, script and line', () => {
  const inner = {
    ...request(),
    name: 'Exchange\u001b[31m code',
    event: [event('test', `${statusTest}\nconsole.log(pm.response.json());`)],
  };
  const [finding] = lint(collection([{ name: 'Consent once', item: [inner] }]));
  expect(finding).toMatchObject({
    rule: 'value-logged',
    where: 'Consent once > Exchange [31m code (test script)',
    line: 2,
    message: 'console gets what comes from the answer: tokens and secrets end up in logs like that',
    hint: 'log fixed words only, or nothing: Postman keeps the console, and CI keeps what Newman prints',
  });
});

test('a script of the collection or of a folder is reported once, not once for each request', () => {
  const log = event('prerequest', 'console.log(pm.request);');
  const folder = { name: 'Folder', item: [request(), request()], event: [log] };
  expect(lint(collection([folder], { event: [log] })).map(({ where }) => where)).toEqual([
    'collection (pre-request script)',
    'Folder (pre-request script)',
  ]);
});
