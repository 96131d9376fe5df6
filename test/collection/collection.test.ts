import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { requestsOf, type Item } from '../../scripts/collection/shape';
import { collectionFile } from './support/send';

type Described = { description?: string };
type Request = Item & { id?: string; request: Described; protocolProfileBehavior?: object };

interface Collection extends Item {
  info: { version: string; description: string };
  auth: object;
  item: (Item & Described)[];
}

const collection = JSON.parse(readFileSync(collectionFile, 'utf8')) as Collection;
const folders = collection.item;
const requests = requestsOf(collection) as Request[];
const folder = 'collections/src';
const files = readdirSync(folder, { encoding: 'utf8', recursive: true })
  .filter((file) => file.endsWith('.js') && !file.startsWith('xero-oauth2-qa/'))
  .map((file): [string, string] => [file, readFileSync(path.join(folder, file), 'utf8')]);
/** The scripts as they are in the collection. */
const scripts = requests.flatMap(({ name, event = [] }) =>
  event.map(({ listen, script }): [string, string] => [`${name}, ${listen}`, [script.exec ?? []].flat().join('\n')]),
);

function program(script: string, ...args: string[]): string {
  return execFileSync(process.execPath, ['-r', 'ts-node/register', script, ...args], {
    encoding: 'utf8',
    stdio: 'pipe',
  });
}

describe('the collection', () => {
  test('has the requests of the contract, in their folders', () => {
    expect(folders.map((folder) => [folder.name, requestsOf(folder).map((request) => request.name)])).toEqual([
      ['Consent once', ['Consent link', 'Exchange code', 'List connections']],
      ['Stay connected', ['Refresh tokens', 'Check access']],
      ['Custom connection', ['Get access token']],
      ['Hand over', ['Hand over']],
      ['Use it', ['Find organisation', 'Read organisation']],
      ['Disconnect', ['Remove connection', 'Revoke consent']],
    ]);
  });

  test('has the scripts of its sources', () => {
    expect(program('scripts/embed.ts', '--check')).toBe('');
  });

  test('carries its version, also in words', () => {
    expect(collection.info.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(collection.info.description).toContain(`Version ${collection.info.version}`);
  });

  test('sends no credentials of its own and never follows a redirect', () => {
    expect(collection.auth).toEqual({ type: 'noauth' });
    expect(
      requests.filter((one) => JSON.stringify(one.protocolProfileBehavior) !== '{"followRedirects":false}'),
    ).toEqual([]);
    expect(JSON.stringify(requests.map((one) => one.request))).not.toContain('"auth"');
  });

  test('describes every folder and every request, and gives ids to none', () => {
    const described = [...folders, ...requests.map((one) => one.request)].map(({ description }) => description ?? '');
    expect(described.filter((text) => text.length < 40)).toEqual([]);
    expect([...folders, ...requests].filter((item) => 'id' in item)).toEqual([]);
  });

  test('explains for every request what to fill in and what a refusal means', () => {
    const texts = requests.map((one) => one.request.description ?? '');
    expect(texts.filter((text) => !/\*\*Fill in\*\*/.test(text))).toEqual([]);
    expect(texts.filter((text) => !/\*\*If (it is refused|Xero refuses)\*\*/.test(text))).toEqual([]);
  });
});

describe('the scripts', () => {
  test.each(scripts)('%s keep to pm, log nothing and use only what every sandbox has', (_file, source) => {
    const code = source.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    const forbidden =
      /\bpostman\.|\btests\[|\beval\b|\bconsole\b|\bglobalThis\b|\bpm\.require\b|\bTextEncoder\b|new URL\b|Math\.random|\buuid\b|guid|WordArray\.random|\bprocess\b|\bimport\b|(?<!evergrant )\bexport\b|\.(?:toWellFormed|isWellFormed|toSorted|toReversed|toSpliced|with|findLast)\(/;
    expect(forbidden.exec(code)?.[0]).toBeUndefined();
  });

  test.each(files)('%s fits on a screen', (_file, source) => {
    const lines = source.split('\n').filter((line) => !/^(import |\/\*\* @import )/.test(line));
    expect(lines.length).toBeLessThanOrEqual(42);
  });

  test.each(scripts)('%s names its tests with fixed sentences', (_file, source) => {
    const names = [...source.matchAll(/pm\.test\(\s*(\S)/g)].map(([, quote]) => quote);
    expect(names.filter((quote) => quote !== "'")).toEqual([]);
  });

  const judging = scripts.filter(([name]) => name.endsWith(', test'));
  test.each(judging)('%s tests the status', (_name, source) => {
    expect(/with status|\(status 302/.test(source)).toBe(true);
  });

  test.each(files.filter(([file]) => file.startsWith('_shared/')))('%s is used by a script', (file, source) => {
    const names = [...source.matchAll(/^export (?:function|const) (\w+)/gm)].map(([, name]) => name);
    expect(names.length, file).toBeGreaterThan(0);
    expect(names.filter((name) => !scripts.some(([, script]) => script.includes(`function ${name}(`)))).toEqual([]);
  });

  test('keep Refresh tokens, which runs most often, short', () => {
    const [refresh] = requests.filter((one) => one.name === 'Refresh tokens');
    const lines = (refresh?.event ?? []).flatMap(({ script }) => script.exec ?? []);
    expect(lines.length).toBeLessThan(480);
    expect(lines.join('\n').length).toBeLessThan(24_800);
  });
});
