import os from 'node:os';
import path from 'node:path';
import * as v from 'valibot';
import { Failure, systemCode } from '../../../errors';
import { jsonOf } from '../../../text/json';
import { preallocate, tolerate, writeDurably, type Preallocation } from '../../disk/atomic-write';
import { syncFolder } from '../../disk/folder-sync';
import type { Changes } from '../../environment';
import { makeFolders } from '../../files/make-folders';
import { readTrusted } from '../../files/trust';
import { unlessLost } from '../../sealed';
import type { ReceiptSeal } from '../sealed/receipt-seal';
import { ConfirmedReceipts } from './confirmed';
import { namedBy, placesIn, randomName, roomEnding, stemOf } from './receipt-names';

/**
 * An answer of the token endpoint, kept on this machine's disk before the database is asked to save it. It is what
 * survives a database that is away, fails over to an older copy, or is restored from a backup.
 */
interface Receipt {
  /** The database that it is for: another one, such as a copy, takes nothing of it. */
  readonly store: string;
  readonly name: string;
  /** When the connection was made that it is for: another one may have the name by now. Older receipts do not say. */
  readonly made?: string | undefined;
  /** The generation whose refresh token was spent. */
  readonly spent: number;
  readonly changes: Changes;
  readonly at: string;
  readonly host: string;
}

const receiptShape = v.object({
  store: v.string(),
  name: v.string(),
  made: v.optional(v.string()),
  spent: v.number(),
  changes: v.record(v.string(), v.string()),
  at: v.string(),
  host: v.string(),
});

/** More space than any token set needs; Xero's take 3 KB. */
const reservedBytes = 64 * 1024;

/** A receipt on the disk, and its file. */
export interface KeptReceipt extends Receipt {
  readonly file: string;
}

/** The receipts of one database on this machine. Their folder is for this user alone. */
export class Receipts {
  private readonly confirmed: ConfirmedReceipts;

  constructor(
    private readonly folder: string,
    private readonly store: string,
    private readonly seal: ReceiptSeal,
  ) {
    this.confirmed = new ConfirmedReceipts(folder);
  }

  /** Reserves the room for a receipt. @throws Failure `temporary_failure` or `invalid`; nothing has been sent then */
  reserve(): Preallocation {
    try {
      makeFolders(this.folder, 0o700);
      this.keepRing();
      return preallocate(path.join(this.folder, `${randomName()}${roomEnding}`), reservedBytes);
    } catch (error) {
      throw cannotKeep(this.folder, error);
    }
  }

  /** Keeps an answer at once; its name is on the disk once it is {@link settle}d. Returns its file. @throws system errors */
  keep(room: Preallocation, answer: Pick<Receipt, 'name' | 'made' | 'spent' | 'changes'>): string {
    const { name, spent } = answer;
    const receipt: Receipt = {
      ...answer,
      store: this.store,
      changes: this.seal.sealed(answer),
      at: new Date().toISOString(),
      host: os.hostname(),
    };
    const file = path.join(this.folder, `${stemOf(name)}.${spent}.${randomName()}.receipt.json`);
    tolerate(() => this.keepRing()); // it was there when the room was reserved
    room.keep(file, JSON.stringify(receipt));
    return file;
  }

  /** Waits until what was kept outlives a power cut; many that wait at once cost the disk as much as one. @throws system errors */
  async settle(): Promise<void> {
    await syncFolder(this.folder);
  }

  /** Puts the receipts of a connection on this machine in the form that the store wants. Returns how many have changed. */
  reseal(name: string): number {
    const stems = new Set([name, `${name}.pending`]);
    const all = this.ofAll(stems).filter((receipt) => !this.seal.isAsKept(receipt));
    return all.filter((receipt) => this.resealOne(receipt)).length;
  }

  /** Returns false, having changed nothing, where its key is lost. */
  private resealOne({ file, ...receipt }: KeptReceipt): boolean {
    const opened = unlessLost(() => this.opened(receipt));
    if (opened === undefined) return false;
    const changes = this.seal.sealed({ ...receipt, changes: opened });
    writeDurably(file, JSON.stringify({ ...receipt, changes }), `${file}.${randomName()}.tmp`);
    return true;
  }

  /** What a receipt has, opened. @throws Failure `invalid` when this process has no key for it */
  opened(receipt: Pick<KeptReceipt, 'name' | 'spent' | 'changes'>): Changes {
    return this.seal.opened(receipt, () => textOf(this.ringCopy));
  }

  /** A database may lose the data keys that receipts are sealed with, as when an older backup is put back. */
  private keepRing(): void {
    const text = this.seal.ringText();
    if (text === undefined || textOf(this.ringCopy) === text) return;
    writeDurably(this.ringCopy, text, `${this.ringCopy}.${randomName()}.tmp`);
  }

  private get ringCopy(): string {
    return path.join(this.folder, 'keys.json');
  }

  /** Keeps an answer from which no token can be read. Returns its file; undefined when the disk does not take it. */
  keepAnswer(name: string, body: string): string | undefined {
    const file = path.join(this.folder, `${name}.${randomName()}.answer.txt`);
    try {
      makeFolders(this.folder, 0o700);
      writeDurably(file, this.seal.sealedText(name, body), `${file}.tmp`);
      return file;
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
      return undefined;
    }
  }

  /** Notes that the database has saved it, and removes older ones. */
  confirm(file: string): void {
    this.confirmed.add(file);
  }

  /** For each connection of whose answers there are receipts, confirmed or not, the newest generation that they brought. */
  newest(): ReadonlyMap<string, number> {
    const newest = new Map<string, number>();
    for (const { stem, spent } of this.all().flatMap((file) => namedBy(file) ?? [])) {
      newest.set(stem, Math.max(newest.get(stem) ?? 0, spent + 1));
    }
    return newest;
  }

  /** The receipts of some connections, confirmed or not, oldest first, by the beginnings of their files' names. */
  ofAll(stems: ReadonlySet<string>): readonly KeptReceipt[] {
    const isWanted = (file: string): boolean => stems.has(namedBy(file)?.stem ?? '');
    return this.read(this.all().filter(isWanted));
  }

  /** What was last noted of the server that has confirmed these receipts; '' for nothing. */
  witness(): string {
    return textOf(path.join(this.folder, 'witness.txt')) ?? '';
  }

  noteWitness(witness: string): void {
    tolerate(() => {
      makeFolders(this.folder, 0o700);
      const place = path.join(this.folder, 'witness.txt');
      writeDurably(place, witness, `${place}.${randomName()}.tmp`);
    });
  }

  /** The receipts that the database has not confirmed, oldest first; all, or those of some environments and what waits beside them. */
  unconfirmed(names?: readonly string[], among = this.waiting()): readonly KeptReceipt[] {
    if (names === undefined) return this.read(among);
    const stems = new Set(names.map(stemOf));
    const files = among.filter((file) => stems.has(namedBy(file)?.stem ?? ''));
    return this.read(files).filter((receipt) => names.includes(receipt.name));
  }

  private read(files: readonly string[]): readonly KeptReceipt[] {
    const found = files.flatMap((file): KeptReceipt[] => {
      const parsed = v.safeParse(receiptShape, jsonOf(textOf(file)));
      if (!parsed.success || parsed.output.store !== this.store) return [];
      return [{ ...parsed.output, file }];
    });
    return found.toSorted(byTime);
  }

  /** The files of those that the database has not confirmed. */
  waiting(): readonly string[] {
    return placesIn(this.folder, '.receipt.json');
  }

  private all(): readonly string[] {
    return [...this.confirmed.files(), ...this.waiting()];
  }
}

function byTime(a: Receipt, b: Receipt): number {
  return a.at < b.at ? -1 : 1;
}

function textOf(file: string): string | undefined {
  try {
    return readTrusted(file);
  } catch (error) {
    if (error instanceof Failure || systemCode(error) !== undefined) return undefined;
    throw error;
  }
}

function cannotKeep(folder: string, error: unknown): unknown {
  const code = systemCode(error);
  if (code === undefined) return error;
  return new Failure(
    'temporary_failure',
    'no_room_for_receipts',
    `cannot write receipts in ${folder} (${code}); nothing was spent`,
    'make room there, or name another folder: XDG_STATE_HOME',
    { cause: error },
  );
}
