import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { isWithoutBrowser } from '../support/browser/chromium';
import { drawPictures } from './support/draw-pictures';
import { requestNames } from './support/requests';
import { collectionFile } from './support/send';

const guide = readFileSync('collections/README.md', 'utf8');
const pictures = readdirSync('collections/pictures');

function all(pattern: RegExp): string[] {
  return [...guide.matchAll(pattern)].map(([, found = '']) => found);
}

test('the guide shows every picture, and describes it in words', () => {
  expect(all(/<img src="pictures\/([^"]+)" width="\d+" alt="[^"]{40,}">/g).sort()).toEqual(pictures.sort());
  expect(all(/(<img|!\[)/g)).toHaveLength(pictures.length);
});

test('the pictures of the guide are PNGs under 40 KB each', () => {
  expect(faultsOf('collections/pictures')).toEqual({});
});

test.skipIf(isWithoutBrowser)(
  'every picture of the guide can be drawn again',
  async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'evergrant-pictures-'));
    await drawPictures(folder);
    expect(readdirSync(folder).sort()).toEqual(pictures.sort());
    expect(faultsOf(folder)).toEqual({});
  },
  60_000,
);

function faultsOf(folder: string): Record<string, string> {
  const files = readdirSync(folder).map((name) => [name, readFileSync(path.join(folder, name))] as const);
  const heavy = files.filter(([, { length }]) => length >= 40_000).map(([name]) => [name, 'is heavy'] as const);
  const others = files.filter(([, file]) => !isPng(file)).map(([name]) => [name, 'is no PNG'] as const);
  return Object.fromEntries([...heavy, ...others]);
}

function isPng(file: Buffer): boolean {
  return file.subarray(0, 8).equals(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'));
}

test('the guide names only requests, rows and files that exist', () => {
  expect([...new Set(all(/(?<![\w`])_([^_\n]+)_(?!\w)/g))].sort()).toEqual(
    [...requestNames, 'Hand over', 'Find organisation', 'Read organisation'].sort(),
  );
  const { values } = JSON.parse(readFileSync('environments/web.template.postman_environment.json', 'utf8'));
  const keys = (values as { key: string }[]).map(({ key }) => key);
  const rows = all(/`([a-z]+(?:_[a-z]+)+)`/g).filter((name) => name !== 'like_this');
  const ofServe = [...readFileSync(collectionFile, 'utf8').matchAll(/\{\{(serve_\w+)\}\}/g)].map(([, row]) => row);
  expect(rows.filter((row) => !keys.includes(row) && !ofServe.includes(row))).toEqual([]);
  expect(all(/`((?:collections|environments)\/[^`]+)`/g).filter((file) => !existsSync(file))).toEqual([]);
});

test('the guide quotes only what the collection, its template or the callback page say', () => {
  const prose = guide.replaceAll(/<img [^>]*>/g, '').replaceAll(/\s+/g, ' ');
  const quoted = [...prose.matchAll(/"([^"]+)"/g)].map(([, quote = '']) => quote);
  expect(quoted.length).toBeGreaterThan(15);
  const sources = ['environments/web.template.postman_environment.json', 'scripts/consent/server/failure-page.ts'];
  const said = [scripts(), ...sources.map((file) => readFileSync(file, 'utf8'))].join('\n');
  expect(quoted.filter((quote) => !said.includes(quote))).toEqual([]);
});

/** All that the collection's scripts hold, without what only their comments say. */
function scripts(): string {
  type Item = { item?: Item[]; event?: { script: { exec: string[] } }[] };
  const linesOf = ({ item = [], event = [] }: Item): string[] => [
    ...event.flatMap(({ script }) => script.exec),
    ...item.flatMap(linesOf),
  ];
  const lines = linesOf(JSON.parse(readFileSync(collectionFile, 'utf8')) as Item);
  return lines.filter((line) => !/^\s*(\/\/|\/?\*)/.test(line)).join('\n');
}

test('the guide fits on a few screens', () => {
  expect(guide.split('\n').length).toBeLessThan(130);
});
