import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Receipts } from '../../../scripts/environment/database/receipts/receipts';
import type { ReceiptSeal } from '../../../scripts/environment/database/sealed/receipt-seal';

const plain: ReceiptSeal = {
  sealed: ({ changes }) => changes,
  opened: ({ changes }) => changes,
  isAsKept: () => true,
  sealedText: (_, text) => text,
  ringText: () => undefined,
};

let folder: string;
let receipts: Receipts;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'evergrant-receipts-'));
  receipts = new Receipts(folder, 'store', plain);
});

afterEach(() => {
  vi.restoreAllMocks();
  fs.rmSync(folder, { recursive: true });
});

const keep = (name: string, spent = 1): string =>
  receipts.keep(receipts.reserve(), { name, spent, changes: { refresh_token: `r-${name}` } });

/** As a process of one refresh does it. */
const confirmAnew = (name: string, spent: number): void => {
  receipts = new Receipts(folder, 'store', plain);
  receipts.confirm(keep(name, spent));
};

const aDayPasses = (): void => {
  const tomorrow = Date.now() + 25 * 3_600_000;
  vi.spyOn(Date, 'now').mockReturnValue(tomorrow);
};

const confirmed = (): string[] => {
  const files = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.confirmed.json')).map((file) => path.basename(file));
};

describe('the receipts of answers', () => {
  test('of one connection and what waits beside it are found without reading those of any other', () => {
    const own = [keep('acme'), keep('acme#pending')];
    for (const other of ['acme.pending', 'acme.books', 'bcme', 'acme-2']) keep(other);
    const opened = vi.spyOn(fs, 'openSync');
    const found = receipts.unconfirmed(['acme', 'acme#pending']);
    expect(found.map(({ file }) => file).toSorted()).toEqual(own.toSorted());
    const others = opened.mock.calls
      .map(([file]) => path.basename(String(file)))
      .filter((file) => !/^acme(\.pending)?\.1\./.test(file));
    expect(others).toEqual([]);
  });

  test('that are confirmed lie apart, so that no refresh lists them, and are still there for a database that loses them', () => {
    for (const file of ['acme', 'bcme', 'ccme'].map((name) => keep(name))) receipts.confirm(file);
    keep('dcme');
    expect(fs.readdirSync(folder).filter((file) => file.endsWith('.json'))).toEqual([expect.stringMatching(/^dcme\./)]);
    expect(receipts.unconfirmed().map(({ name }) => name)).toEqual(['dcme']);
    expect([...receipts.newest().keys()].toSorted()).toEqual(['acme', 'bcme', 'ccme', 'dcme']);
    expect(receipts.ofAll(new Set(['bcme'])).map(({ changes }) => changes.refresh_token)).toEqual(['r-bcme']);
  });

  test.each([
    ['one process', false],
    ['processes of one refresh each', true],
  ])('that are confirmed by %s are kept for the three newest generations of a connection', (_, isEachNew) => {
    for (const spent of [1, 2, 3, 4, 5]) {
      if (isEachNew) confirmAnew('acme', spent);
      else receipts.confirm(keep('acme', spent));
    }
    const kept = confirmed().map((file) => file.split('.', 2).join());
    expect(kept.toSorted()).toEqual(['acme,3', 'acme,4', 'acme,5']);
  });

  test('that are confirmed cost a refresh as much in a large fleet as in a small one', () => {
    for (let n = 0; n < 250; n++) receipts.confirm(keep(`c${n}`));
    const file = keep('acme');
    const listed = vi.spyOn(fs, 'readdirSync');
    const looked = vi.spyOn(fs, 'statSync');
    receipts.confirm(file);
    expect(listed.mock.calls).toHaveLength(1);
    expect(listed.mock.results.flatMap(({ value }) => value as string[]).length).toBeLessThan(20);
    expect(looked.mock.calls.length).toBeLessThan(10);
  });

  test('that are confirmed are gone a day after that, in time, though their connections are refreshed elsewhere by then', () => {
    const names = Array.from({ length: 20 }, (_, n) => `c${n}`);
    for (const file of names.map((name) => keep(name))) {
      fs.utimesSync(file, 0, 0); // written long ago: the database was away
      receipts.confirm(file);
    }
    for (let spent = 1; spent < 100; spent++) confirmAnew('acme', spent);
    expect([...receipts.newest().keys()].toSorted()).toEqual(['acme', ...names].toSorted());
    aDayPasses();
    for (let spent = 100; spent < 5000 && receipts.newest().size > 1; spent++) confirmAnew('acme', spent);
    expect([...receipts.newest().keys()]).toEqual(['acme']);
  });

  test('leave no room reserved for those of a killed process', () => {
    receipts.reserve();
    const isReserved = (): boolean => fs.readdirSync(folder).some((file) => file.endsWith('.next'));
    confirmAnew('acme', 1);
    expect(isReserved()).toBe(true);
    aDayPasses();
    confirmAnew('acme', 2);
    expect(isReserved()).toBe(false);
  });

  test.each(['', 'confirmed'])(
    'that an earlier build has confirmed and left in the folder %j are there, too, for a day',
    (left) => {
      fs.mkdirSync(path.join(folder, left), { recursive: true });
      const file = keep('acme');
      fs.renameSync(file, path.join(folder, left, path.basename(file).replace('.receipt.json', '.confirmed.json')));
      expect([...receipts.newest().keys()]).toEqual(['acme']);
      for (let spent = 1; spent < 100; spent++) confirmAnew('bcme', spent);
      expect(receipts.ofAll(new Set(['acme'])).map(({ changes }) => changes.refresh_token)).toEqual(['r-acme']);
      aDayPasses();
      for (let spent = 100; spent < 5000 && receipts.newest().size > 1; spent++) confirmAnew('bcme', spent);
      expect([...receipts.newest().keys()]).toEqual(['bcme']);
    },
  );

  test.skipIf(process.platform === 'win32')('are for this user alone', () => {
    receipts.confirm(keep('acme'));
    const folders = fs
      .readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((one) => !one.endsWith('.json'));
    const modes = ['', ...folders].map((one) => fs.statSync(path.join(folder, one)).mode & 0o777);
    expect(modes).toEqual([0o700, 0o700, 0o700]);
  });
});
