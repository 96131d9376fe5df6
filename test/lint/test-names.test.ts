import { describe, expect, test } from 'vitest';
import { findingsInTest } from './lint-of';

describe('a test name is found that is', () => {
  test.each<[string, string]>([
    ['a template with a value', 'pm.test(`token ${pm.environment.get("access_token")}`, () => {});'],
    ['a concatenation', "pm.test('token ' + pm.response.json().access_token, () => {});"],
    ['a variable of the answer', 'const name = pm.response.json().access_token; pm.test(name, () => {});'],
    ['taken apart', 'const { access_token: name } = pm.response.json();\npm.test(name, () => {});'],
    ['written later', "let name = 'fixed';\nname = pm.response.text();\npm.test(name, () => {});"],
    [
      'added to',
      "let name = 'fixed';\nname += responseTimeOf();\nfunction responseTimeOf() { return pm.response.responseTime; }\npm.test(name, () => {});",
    ],
    ['a parameter', 'function check(name) { pm.test(name, () => {}); }\ncheck(pm.response.status);'],
    ['an element of the answer', 'for (const { id } of pm.response.json()) pm.test(id, () => {});'],
    ['handed to a callback', 'pm.response.json().forEach((one) => pm.test(one.id, () => {}));'],
    ['under another name of pm.test', 'const { test: check } = pm;\ncheck(pm.response.text(), () => {});'],
    ['under a bracketed pm.test', "pm['test'](pm.response.text(), () => {});"],
    ['under an optional pm.test', 'pm?.test?.(pm.response.text(), () => {});'],
    ['skipped', 'pm.test.skip(pm.response.text());'],
    ['put together by the script', 'pm.test(String(Math.random()), () => {});'],
    [
      'inside a nested function',
      'function a() { return () => { pm.test(pm.request.url.toString(), () => {}); }; }\na()();',
    ],
  ])('%s', (_, script) => {
    expect(findingsInTest(script)).toEqual([
      `test-name-not-fixed@${lineOf(script, /(pm\??\.?test|pm\['test'\]|check)(\.skip)?(\?\.)?\((?!name\) {|pm.response.status)/)}`,
    ]);
  });

  test('in the old tests[…] too', () => {
    expect(findingsInTest('tests["token " + pm.response.json().access_token] = true;')).toContain(
      'test-name-not-fixed@1',
    );
  });
});

/** The line of the last match. */
function lineOf(script: string, pattern: RegExp): number {
  return script.split('\n').findLastIndex((line) => pattern.test(line)) + 1;
}

describe('a test name is fixed that is', () => {
  test.each<[string, string]>([
    ['a sentence', "pm.test('the answer is a set of tokens', () => {});"],
    ['a template without a value', 'pm.test(`the answer is a set of tokens`, () => {});'],
    ['a constant', "const name = 'fixed'; pm.test(name, () => {});"],
    ['two sentences in one', "pm.test('one ' + 'two', () => {});"],
    ['one of two sentences', "pm.test(pm.response.code === 200 ? 'one' : 'two', () => {});"],
    ['one of a list', "for (const key of ['a', 'b']) pm.test(`${key} is there`, () => {});"],
    ['one of a list, handed to a callback', "['a', 'b'].forEach((key) => pm.test(key + ' is there', () => {}));"],
    [
      'a parameter that is always a sentence',
      "const check = (name) => pm.test(name, () => {});\ncheck('one');\ncheck('two');",
    ],
    ['the name of the request', 'pm.test(`${pm.info.requestName} answers`, () => {});'],
    ['the count of the iteration', "pm.test('round ' + (pm.info.iteration + 1), () => {});"],
    ['of something else', 'const suite = { test: () => {} }; suite.test(pm.response.text());'],
  ])('%s', (_, script) => {
    expect(findingsInTest(script)).toEqual([]);
  });
});
