import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { makeKeptState, nameIn } from '../../../scripts/consent/state';
import { NameIndex } from '../../../scripts/environment/files/name-index';
import { environmentText } from '../../support/servers/xero-server';

let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'evergrant-index-'));
  write('acme', 'acme');
  write('bakery', 'bakery');
});

afterEach(() => vi.restoreAllMocks());

function fileOf(name: string): string {
  return path.join(folder, `${name}.postman_environment.json`);
}

function write(name: string, innerName: string, rows: Record<string, string> = {}): void {
  fs.writeFileSync(fileOf(name), environmentText(innerName, rows));
}

function stateFor(name: string): string {
  return makeKeptState({ name, madeAt: new Date(), goodUntil: new Date(), mayReplace: false }, 'nonce');
}

test('finds by the name of the file, by the name inside, and by the state that an older version has left', async () => {
  write('renamed', 'old-name');
  write('phone', 'phone', { consent_state: 'a-random-state-that-names-nobody' });
  const index = new NameIndex(folder, nameIn);
  expect(await index.claimants(stateFor('acme'))).toEqual(['acme']);
  expect(await index.claimants(stateFor('old-name'))).toEqual(['renamed']);
  expect(await index.claimants('a-random-state-that-names-nobody')).toEqual(['phone']);
  for (const state of [stateFor('nobody'), 'another-random-state', '', stateFor('__proto__')]) {
    expect(await index.claimants(state)).toEqual([]);
  }
});

test('lists all environments that claim a name', async () => {
  write('copy', 'acme');
  expect(await new NameIndex(folder, nameIn).claimants(stateFor('acme'))).toEqual(['acme', 'copy']);
});

test('a file that can’t be read is found by its own name alone', async () => {
  fs.writeFileSync(fileOf('acme'), '{"name":"bakery"');
  fs.mkdirSync(fileOf('folder'));
  const index = new NameIndex(folder, nameIn);
  for (const name of ['acme', 'bakery', 'folder']) expect(await index.claimants(stateFor(name))).toEqual([name]);
});

/** Of the files that were opened, those of environments. */
function environmentsOf(calls: readonly Parameters<typeof fs.openSync>[]): string[] {
  return calls.map(([file]) => String(file)).filter((file) => path.dirname(file) === folder);
}

test('notices at once which files are new or gone, and reads only the new ones', async () => {
  const index = new NameIndex(folder, nameIn);
  write('new', 'inner');
  fs.rmSync(fileOf('bakery'));
  const read = vi.spyOn(fs, 'openSync');
  expect(await index.claimants(stateFor('inner'))).toEqual(['new']);
  expect(await index.claimants(stateFor('bakery'))).toEqual([]);
  expect(await index.claimants(stateFor('nobody'))).toEqual([]);
  expect(environmentsOf(read.mock.calls)).toEqual([fileOf('new')]);
});

test('a name inside that was changed since is known after the next reading, which reads what has changed', async () => {
  write('phone', 'phone', { consent_state: 'a-random-state-that-names-nobody' });
  const index = new NameIndex(folder, nameIn);
  write('acme', 'acme-books');
  write('phone', 'phone', { consent_state: stateFor('phone') });
  const read = vi.spyOn(fs, 'openSync');
  await index.reread();
  expect(environmentsOf(read.mock.calls)).toEqual([fileOf('acme'), fileOf('phone')]);
  expect(await index.claimants(stateFor('acme-books'))).toEqual(['acme']);
  expect(await index.claimants('a-random-state-that-names-nobody')).toEqual([]);
});

test('an empty folder, and one that does not exist, have no names', async () => {
  for (const name of ['empty', 'missing']) {
    const place = path.join(folder, name);
    if (name === 'empty') fs.mkdirSync(place);
    const index = new NameIndex(place, nameIn);
    expect([await index.claimants(stateFor('acme')), await index.pick(7)]).toEqual([[], undefined]);
  }
});

test('a folder of very many, which each refresh changes, is listed once a second at the most', async () => {
  for (let at = 0; at < 500; at += 1) write(`e${at}`, `e${at}`);
  const index = new NameIndex(folder, nameIn);
  const listed = vi.spyOn(fs, 'readdirSync');
  const clock = vi.spyOn(performance, 'now');
  const startMs = performance.now();
  for (let at = 0; at < 20; at += 1) {
    clock.mockReturnValue(startMs + at * 10);
    write('new', 'new');
    expect(await index.claimants(stateFor('e7'))).toEqual(['e7']);
  }
  expect(listed).not.toHaveBeenCalled();
  clock.mockReturnValue(startMs + 1000);
  expect(await index.claimants(stateFor('new'))).toEqual(['new']);
  expect(listed).toHaveBeenCalledTimes(1);
});
