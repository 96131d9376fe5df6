import { expect, test } from 'vitest';
import { findingsIn, findingsInTest } from './lint-of';

test.each<[string, string]>([
  ['the answer', 'console.log(pm.response.json());'],
  ['an alias', 'const t = pm.response.json().access_token; console.log(t);'],
  ['an alias of an alias', 'const a = pm.response.json(); const b = a; console.info(b.access_token);'],
  ['what was taken apart', 'const { a: [, t] } = pm.response.json(); console.warn(t);'],
  ['an optional chain', 'console.log(pm?.response?.json?.()?.access_token);'],
  ['a variable of the environment', "console.log(pm.environment.get('client_secret'));"],
  ['a variable of any scope', "console.error('secret', pm.variables.get('client_secret'));"],
  ['a global', "console.log(pm.globals.get('x'));"],
  ['a collection variable', "console.log(pm.collectionVariables.get('x'));"],
  ['the request', 'console.log(pm.request.headers);'],
  ['the old responseBody', 'console.log(JSON.parse(responseBody));'],
  ['a value in a text', 'console.log(`token: ${pm.response.json().access_token}`);'],
  ['a value in an object', "console.log({ token: pm.environment.get('t') });"],
  ['a value spread', 'console.log(...Object.values(pm.response.json()));'],
  ['an argument', 'function show(x) { console.log(x); } show(pm.response.text());'],
  [
    'a nested function',
    'const outer = () => { const inner = (x) => console.log(x); inner(pm.response.text()); }; outer();',
  ],
  ['the result of a function', 'function body() { return pm.response.text(); } console.log(body());'],
  ['a callback', "pm.sendRequest('https://x', (error, response) => console.log(response.json()));"],
  ['an error of the network', "pm.sendRequest('https://x', (error) => console.log(error));"],
  ['a promise', "pm.sendRequest('https://x').then((response) => response.json()).then((json) => console.log(json));"],
  ['another name of console', 'const c = console; c.log(pm.response.text());'],
  ['another name of log', 'const { log } = console; log(pm.response.text());'],
  ['a bracketed log', "console['log'](pm.response.text());"],
  ['any method', 'console[pm.info.eventName](pm.response.text());'],
  ['log.call', 'console.log.call(console, pm.response.text());'],
  ['console handed over', 'pm.response.json().items.forEach(console.log);'],
  ['a tagged template', 'console.log`${pm.response.text()}`;'],
  ['globalThis', 'globalThis.console.log(pm.response.text());'],
  ['what nobody knows', 'console.log(whoKnows());'],
  ['an error', 'try { pm.response.json(); } catch (error) { console.log(error); }'],
  ['a method of a parsed answer', 'const d = JSON.parse(pm.response.text()); console.log(d.access_token.trim());'],
  ['a method of a method', "console.log(JSON.parse(responseBody).a.split('.').pop());"],
  ['an undeclared variable', 'd = pm.response.json(); console.log(d.access_token);'],
  ['an undeclared variable taken apart', '({ access_token } = pm.response.json()); console.log(access_token);'],
  ['a parsed variable of the environment', "console.log(JSON.parse(pm.environment.get('user')).token.length2());"],
  [
    'what is picked out of HTML',
    "const $ = require('cheerio').load(pm.response.text()); console.log($('input').val());",
  ],
  ['a variable that is put into a text', "console.log(pm.variables.replaceIn('{{client_secret}}'));"],
  ['one of two values', 'console.log(pm.response.code === 200 ? pm.response.text() : "none");'],
  ['a variable set later', 'let x; x = pm.response.text(); console.log(x);'],
])('logging is found of %s', (_, script) => {
  expect(findingsInTest(script).filter((one) => !one.startsWith('legacy'))).toEqual(['value-logged@1']);
});

test('logging is found in a pre-request script too, with its line', () => {
  expect(findingsIn('prerequest', "// one\n\nconsole.log(pm.environment.get('client_secret'));")).toEqual([
    'value-logged@3',
  ]);
});

test.each<[string, string]>([
  ['fixed words', "console.log('the tokens are saved');"],
  ['fixed words in a constant', "const words = 'done'; console.log(words, 1, true, undefined);"],
  ['one of two words', "console.log(pm.response.code === 200 ? 'good' : 'bad');"],
  ['nothing', 'console.log();'],
  ['the status', 'const { code } = pm.response; console.log("status", code, pm.response.status);'],
  ['the time it took', 'console.log(`took ${pm.response.responseTime} ms`);'],
  ['how many there are', "console.log('found ' + pm.response.json().items.length);"],
  ['a comparison', "console.log(pm.response.json().token === pm.environment.get('token'));"],
  ['the time of day', 'console.log(Date.now(), new Date().toISOString());'],
  [
    'a date',
    "const moment = require('moment'); const day = moment().add(1, 'y').format('YYYY'); console.log('on', day);",
  ],
  ['what Postman makes up', "const name = pm.variables.replaceIn('{{$randomFirstName}}'); console.log(name);"],
  ['in a comment', '// console.log(pm.response.text())'],
  ['in a string', "const code = 'console.log(pm.response.text())';"],
  ['to a console of its own', 'const console = { log: () => {} }; console.log(pm.response.text());'],
])('logging %s is fine', (_, script) => {
  expect(findingsInTest(script)).toEqual([]);
});
