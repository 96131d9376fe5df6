import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseCollection, type Item } from '../../scripts/collection/shape';
import * as lint from '../../scripts/lint/collection';
import { lintCollection } from '../../scripts/lint/rules';

const file = 'collections/xero-oauth2-qa.postman_collection.json';
const text = readFileSync(file, 'utf8');
const folders = parseCollection(text).item;
const requests = folders.flatMap(({ item = [] }) => item as (Item & { request: { header: Header[] } })[]);

interface Header {
  key: string;
  value: string;
  disabled?: boolean;
}

const mostBytes = 10 * 1024;

describe('the QA collection', () => {
  test('has at most 10 KB a scenario, its two scripts counted in', () => {
    expect(Buffer.byteLength(text) / folders.length).toBeLessThanOrEqual(mostBytes);
  });

  test.each(folders.map((folder) => [folder.name, folder] as const))('%s is a folder of at most 10 KB', (_, folder) => {
    expect(Buffer.byteLength(JSON.stringify(folder))).toBeLessThanOrEqual(mostBytes);
  });

  test('has scripts for the collection alone, none for a folder or a request', () => {
    const { event } = JSON.parse(text) as { event: { listen: string }[] };
    expect(event.map(({ listen }) => listen)).toEqual(['prerequest', 'test']);
    expect([...folders, ...requests].filter((item) => item.event !== undefined)).toEqual([]);
  });

  test('says in each request, in JSON that is never sent, what must come of it', () => {
    const steps = requests.map(({ request: { header } }) => header.filter(({ key }) => key === 'qa-step'));
    expect(steps.filter(([step, ...others]) => step?.disabled !== true || others.length > 0)).toEqual([]);
    const expected = steps.map(([step]) => typeof (JSON.parse(step?.value ?? '') as { expect?: unknown }).expect);
    expect(new Set(expected)).toEqual(new Set(['object']));
  });

  test('gives the lint nothing to find', () => {
    expect(lintCollection(lint.parseCollection(text, file), file)).toEqual([]);
  });
});
