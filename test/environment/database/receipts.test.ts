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
  receipts.keep(receipts.reserve(), name, spent, { refresh_token: `r-${name}` });

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
      if (isEachNew) receipts = new Receipts(folder, 'store', plain);
      receipts.confirm(keep('acme', spent));
    }
    const kept = fs.readdirSync(path.join(folder, 'confirmed')).toSorted();
    expect(kept.map((file) => file.split('.', 2).join())).toEqual(['acme,3', 'acme,4', 'acme,5']);
  });

  test('that an earlier build has confirmed are there, too, for a day', () => {
    const [old, late] = ['acme', 'bcme'].map((name) => {
      const file = keep(name);
      const confirmed = file.replace('.receipt.json', '.confirmed.json');
      fs.renameSync(file, confirmed);
      return confirmed;
    });
    expect([...receipts.newest().keys()]).toContain('bcme');
    fs.utimesSync(old ?? '', 0, 0);
    receipts.confirm(keep('ccme'));
    expect(fs.readdirSync(folder).filter((file) => file.endsWith('.confirmed.json'))).toEqual([
      path.basename(late ?? ''),
    ]);
  });

  test.skipIf(process.platform === 'win32')('are for this user alone', () => {
    receipts.confirm(keep('acme'));
    const modes = [folder, path.join(folder, 'confirmed')].map((one) => fs.statSync(one).mode & 0o777);
    expect(modes).toEqual([0o700, 0o700]);
  });
});
