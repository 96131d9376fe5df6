import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as v from 'valibot';
import { Failure, systemCode } from '../../errors';
import { jsonOf } from '../../text/json';
import { preallocate, syncFolderNow, tolerate, writeDurably, type Preallocation } from '../disk/atomic-write';
import type { Changes } from '../environment';
import { makeFolders } from '../files/make-folders';
import { readTrusted } from '../files/trust';

/**
 * An answer of the token endpoint, kept on this machine's disk before the database is asked to save it. It is what
 * survives a database that is away, fails over to an older copy, or is restored from a backup.
 */
interface Receipt {
  /** The database that it is for: another one, such as a copy, takes nothing of it. */
  readonly store: string;
  readonly name: string;
  /** The generation whose refresh token was spent. */
  readonly spent: number;
  readonly changes: Changes;
  readonly at: string;
  readonly host: string;
}

const receiptShape = v.object({
  store: v.string(),
  name: v.string(),
  spent: v.number(),
  changes: v.record(v.string(), v.string()),
  at: v.string(),
  host: v.string(),
});

/** More space than any token set needs; Xero's take 3 KB. */
const reservedBytes = 64 * 1024;

/** Confirmed receipts are kept this long, because a failover can take a commit back. */
const keptMs = 24 * 60 * 60 * 1000;

/** A receipt on the disk, and its file. */
export interface KeptReceipt extends Receipt {
  readonly file: string;
}

/** The receipts of one database on this machine. Their folder is for this user alone. */
export class Receipts {
  constructor(
    private readonly folder: string,
    private readonly store: string,
  ) {}

  /** Reserves the room for a receipt. @throws Failure `temporary_failure` or `invalid`; nothing has been sent then */
  reserve(): Preallocation {
    try {
      makeFolders(this.folder, 0o700);
      return preallocate(path.join(this.folder, `${randomName()}.next`), reservedBytes);
    } catch (error) {
      throw cannotKeep(this.folder, error);
    }
  }

  /** Keeps an answer at once; it is on the disk when this returns. Returns its file. @throws system errors */
  keep(room: Preallocation, name: string, spent: number, changes: Changes): string {
    const receipt: Receipt = {
      store: this.store,
      name,
      spent,
      changes,
      at: new Date().toISOString(),
      host: os.hostname(),
    };
    const file = path.join(this.folder, `${name.replace('#', '.')}.${spent}.${randomName()}.receipt.json`);
    room.keep(file, JSON.stringify(receipt));
    syncFolderNow(this.folder);
    return file;
  }

  /** Keeps an answer from which no token can be read. Returns its file; undefined when the disk does not take it. */
  keepAnswer(name: string, body: string): string | undefined {
    const file = path.join(this.folder, `${name}.${randomName()}.answer.txt`);
    try {
      makeFolders(this.folder, 0o700);
      writeDurably(file, body, `${file}.tmp`);
      return file;
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
      return undefined;
    }
  }

  /** Notes that the database has saved it, and removes those that were confirmed a day ago. */
  confirm(file: string): void {
    tolerate(() => fs.renameSync(file, file.replace(/\.receipt\.json$/, '.confirmed.json')));
    const longAgo = Date.now() - keptMs;
    for (const old of this.files('.confirmed.json')) {
      tolerate(() => {
        if (fs.statSync(old).mtimeMs < longAgo) fs.rmSync(old);
      });
    }
  }

  /** The receipts that the database has not confirmed, oldest first; of one environment, or of all. */
  unconfirmed(name?: string): readonly KeptReceipt[] {
    return this.read('.receipt.json').filter((receipt) => name === undefined || receipt.name === name);
  }

  private read(ending: string): readonly KeptReceipt[] {
    const found = this.files(ending).flatMap((file): KeptReceipt[] => {
      const parsed = v.safeParse(receiptShape, jsonOf(textOf(file)));
      if (!parsed.success || parsed.output.store !== this.store) return [];
      return [{ ...parsed.output, file }];
    });
    return found.toSorted((a, b) => (a.at < b.at ? -1 : 1));
  }

  private files(ending: string): readonly string[] {
    try {
      const names = fs.readdirSync(this.folder).filter((name) => name.endsWith(ending));
      return names.map((name) => path.join(this.folder, name));
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
      return [];
    }
  }
}

function textOf(file: string): string | undefined {
  try {
    return readTrusted(file);
  } catch (error) {
    if (error instanceof Failure || systemCode(error) !== undefined) return undefined;
    throw error;
  }
}

function randomName(): string {
  const { randomUUID } = require('node:crypto') as typeof import('node:crypto');
  return randomUUID().replaceAll('-', '').slice(-16);
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
