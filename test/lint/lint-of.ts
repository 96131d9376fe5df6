import { parseCollection } from '../../scripts/lint/collection';
import type { Finding } from '../../scripts/lint/finding';
import { lintCollection } from '../../scripts/lint/rules';

const schema = 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json';

/** A collection around these items, and what else stands at its top. */
export function collection(items: readonly object[], rest: object = {}): object {
  return { info: { name: 'A collection', schema }, item: items, ...rest };
}

/** A request with a status assertion, and in it whatever is given. */
export function request(parts: object = {}, tests = statusTest): object {
  return { name: 'Request', request: { method: 'GET', url: '{{api_url}}', ...parts }, event: [event('test', tests)] };
}

export const statusTest = "pm.test('the status is 200', () => pm.response.to.have.status(200));";

export function event(listen: string, script: string): object {
  return { listen, script: { type: 'text/javascript', exec: script.split('\n') } };
}

export function lint(value: unknown): Finding[] {
  return lintCollection(parseCollection(JSON.stringify(value), 'x.json'), 'x.json');
}

/** `rule@line` of every finding in a test script; the request has a status assertion at the collection's level. */
export function findingsInTest(script: string): string[] {
  return findingsIn('test', script);
}

export function findingsIn(listen: string, script: string): string[] {
  const item = { ...request(), event: [event(listen, script)] };
  return lint(collection([item], { event: [event('test', statusTest)] })).map(({ rule, line }) => `${rule}@${line}`);
}
