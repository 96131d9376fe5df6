import { readFileSync } from 'node:fs';
import { findNodeAtLocation, parseTree } from 'jsonc-parser';
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

const mostBytes = 10_000;

/** How long each folder is in the file, in bytes. */
function bytesOfFolders(): [string, number][] {
  const items = findNodeAtLocation(parseTree(text) ?? expect.fail('no JSON'), ['item'])?.children ?? [];
  return items.map(({ offset, length }, at) => [
    folders[at]?.name ?? '',
    Buffer.byteLength(text.slice(offset, offset + length)),
  ]);
}

describe('the QA collection', () => {
  test('has at most 10,000 bytes a scenario, its two scripts counted in', () => {
    expect(Buffer.byteLength(text) / folders.length).toBeLessThanOrEqual(mostBytes);
  });

  test('has no folder of more than 10,000 bytes', () => {
    const lengths = bytesOfFolders();
    expect(lengths.map(([name]) => name)).toEqual(folders.map(({ name }) => name));
    expect(lengths.filter(([, bytes]) => bytes > mostBytes || bytes < 500)).toEqual([]);
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
