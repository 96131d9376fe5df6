import fs from 'node:fs';
import path from 'node:path';
import { tolerate } from '../../disk/atomic-write';
import { makeFolders } from '../../files/make-folders';
import { receiptsKeptMs } from '../sealed/seals';
import { namedBy, placesIn, type Named } from './receipt-names';

/** The newest confirmed ones of a connection are kept, as many as token sets in the database can't be deleted. */
const keptOfEach = 3;

/**
 * The receipts that the database has confirmed, kept for a day in a folder of their own: they are thousands in a large fleet, and
 * the folder for those that are not confirmed is read for each refresh.
 */
export class ConfirmedReceipts {
  private readonly folder: string;
  private kept: Map<string, Named[]> | undefined;

  constructor(private readonly waiting: string) {
    this.folder = path.join(waiting, 'confirmed');
  }

  /** Takes a receipt's file, and removes older ones of its connection. */
  add(file: string): void {
    const known = (this.kept ??= this.ofLate()); // before this one is among them
    const confirmed = path.join(this.folder, path.basename(file).replace(/\.receipt\.json$/, '.confirmed.json'));
    tolerate(() => {
      makeFolders(this.folder, 0o700);
      fs.renameSync(file, confirmed);
    });
    const named = namedBy(confirmed);
    if (named === undefined) return;
    const all = [...(known.get(named.stem) ?? []), named].toSorted((a, b) => b.spent - a.spent);
    known.set(named.stem, all.slice(0, keptOfEach));
    for (const old of all.slice(keptOfEach)) tolerate(() => fs.rmSync(old.file, { force: true }));
  }

  /** Their files; earlier builds left them among those that wait. */
  files(): readonly string[] {
    return [this.folder, this.waiting].flatMap((folder) => placesIn(folder, '.confirmed.json'));
  }

  /** By connection; those of another day are removed. */
  private ofLate(): Map<string, Named[]> {
    const longAgo = Date.now() - receiptsKeptMs;
    const known = new Map<string, Named[]>();
    for (const file of this.files()) {
      const named = namedBy(file);
      if (named === undefined || isOlder(file, longAgo)) tolerate(() => fs.rmSync(file, { force: true }));
      else known.set(named.stem, [...(known.get(named.stem) ?? []), named]);
    }
    return known;
  }
}

function isOlder(file: string, atMs: number): boolean {
  return (fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) < atMs;
}
