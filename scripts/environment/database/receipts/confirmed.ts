import fs from 'node:fs';
import path from 'node:path';
import { tolerate } from '../../disk/atomic-write';
import { makeFolders } from '../../files/make-folders';
import { filesIn } from '../../files/paths';
import { receiptsKeptMs } from '../sealed/seals';
import { namedBy, placesIn, roomEnding, type Named } from './receipt-names';

/** The newest confirmed ones of a connection are kept, as many as token sets in the database can't be deleted. */
const keptOfEach = 3;

/** With one of so many that are added, and with the first of a process, some folder is tidied. */
const tidyEach = 100;

/** How many of an earlier build's are moved then: all at once would keep answers waiting. */
const movedAtOnce = 100;

/**
 * The receipts that the database has confirmed, kept for a day. A large fleet has tens of thousands, so they lie apart from those that
 * wait, which each refresh lists, and in up to 256 folders, of which each refresh lists one.
 */
export class ConfirmedReceipts {
  private readonly folder: string;
  private added = 0;

  constructor(private readonly waiting: string) {
    this.folder = path.join(waiting, 'confirmed');
  }

  /** Takes a receipt's file, and removes older ones of its connection. */
  add(file: string): void {
    const named = namedBy(file);
    if (named === undefined) return;
    if (this.added++ % tidyEach === 0) this.tidy();
    const folder = this.take(named);
    for (const old of newestIn(folder, named.stem).slice(keptOfEach)) remove(old.file);
  }

  files(): readonly string[] {
    return [...this.folders().flatMap((folder) => confirmedIn(folder)), ...this.ofEarlierBuilds()];
  }

  private take({ file, stem }: Named): string {
    const folder = this.folderOf(stem);
    tolerate(() => {
      makeFolders(folder, 0o700);
      fs.renameSync(file, path.join(folder, path.basename(file).replace(/\.receipt\.json$/, '.confirmed.json')));
    });
    return folder;
  }

  /** Removes what is of another day in one folder, whichever chance names (in time it names each), and what a killed process left. */
  private tidy(): void {
    const misplaced = this.ofEarlierBuilds().slice(0, movedAtOnce);
    for (const named of misplaced.flatMap((file) => namedBy(file) ?? [])) this.take(named);
    const folders = this.folders();
    const any = folders.slice(Math.floor(Math.random() * folders.length)).slice(0, 1);
    const longAgo = Date.now() - receiptsKeptMs;
    for (const file of [...any.flatMap((folder) => confirmedIn(folder)), ...placesIn(this.waiting, roomEnding)]) {
      if (isOlder(file, longAgo)) remove(file);
    }
  }

  private folderOf(stem: string): string {
    const { createHash } = require('node:crypto') as typeof import('node:crypto');
    return path.join(this.folder, createHash('sha256').update(stem).digest('hex').slice(0, 2));
  }

  private folders(): readonly string[] {
    const names = filesIn(this.folder).filter((name) => /^[0-9a-f]{2}$/.test(name));
    return names.map((name) => path.join(this.folder, name));
  }

  /** They left all in one folder. */
  private ofEarlierBuilds(): readonly string[] {
    return [this.folder, this.waiting].flatMap((folder) => confirmedIn(folder));
  }
}

function confirmedIn(folder: string, beginning = ''): readonly string[] {
  return placesIn(folder, '.confirmed.json', beginning);
}

function newestIn(folder: string, stem: string): readonly Named[] {
  const named = confirmedIn(folder, `${stem}.`).flatMap((file) => namedBy(file) ?? []);
  return named.filter((one) => one.stem === stem).toSorted((a, b) => b.spent - a.spent);
}

function remove(file: string): void {
  tolerate(() => fs.rmSync(file, { force: true }));
}

/** Whether it came to its place before that: a move changes a file's `ctime` alone. */
function isOlder(file: string, atMs: number): boolean {
  const { ctimeMs } = fs.statSync(file, { throwIfNoEntry: false }) ?? {};
  return ctimeMs !== undefined && ctimeMs < atMs;
}
