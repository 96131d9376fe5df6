import fs from 'node:fs';
import { environmentEditor, type EnvironmentEditor } from '../core/environment-edit';
import { valueOf, type Changes, type Environment } from '../core/environment';
import { fingerprint } from '../core/fingerprint';
import { tokenKeys } from '../core/grant';
import type { LockedEnvironment } from '../core/home';
import { Failure, invalid, systemCode } from '../errors';
import { reserveRoom, writeDurably, type Reservation } from './durable';
import { readEnvironmentText, type EnvironmentReader } from './environment-files';
import { keepAside, keepGenerations, readGenerations } from './generations';
import { isTracked } from './git';
import { takeLock, type Lock } from './lock';
import { clearRecovery, pickUp, prepareFolder, writeRecovery, type Places } from './places';

/** More than any token set needs: Xero's have 3 KB. */
const answerRoomBytes = 64 * 1024;

/** A code lives for five minutes: no more than these can still be good. */
const usedCodesKept = 10;
const codeDigits = 16;

/** Locks an environment's file. @throws Failure `busy`, or `invalid` when the lock's folder can't be written */
export async function lockFile(reader: EnvironmentReader, places: Places, waitMs: number): Promise<LockedEnvironment> {
  const { name, file } = reader;
  if (!fs.existsSync(places.folder)) readEnvironmentText(file, name); // nothing is made for what was never there
  if (isTracked(places.file)) throw tracked(file, name);
  try {
    prepareFolder(places);
    return new LockedFile(reader, places, await takeLock(places.lock, name, waitMs));
  } catch (error) {
    throw error instanceof Failure ? error : cannotWrite(file, error);
  }
}

/** An environment file from the taking of its lock to the release: the only writer of it. */
class LockedFile implements LockedEnvironment {
  private readonly name: string;
  private readonly file: string;
  private readonly editor: EnvironmentEditor;
  private room: Reservation | undefined;
  private lastGoodText = '';

  constructor(
    private readonly reader: EnvironmentReader,
    private readonly places: Places,
    private readonly lock: Lock,
  ) {
    this.name = reader.name;
    this.file = reader.file;
    this.editor = environmentEditor(reader.file);
  }

  read(): Environment {
    const environment = this.reader.read();
    this.lastGoodText = environment.text;
    return environment;
  }

  pickUpRecovery(): boolean {
    const current = this.read();
    const recovered = pickUp(this.places, current, this.name);
    if (recovered !== undefined) {
      this.write(recovered);
      keepGenerations(this.places, this.read(), current);
    }
    clearRecovery(this.places);
    return recovered !== undefined;
  }

  prepareSave(): void {
    const { text } = this.read();
    this.editor.check(text, tokenKeys);
    this.room ??= whenWritable(this.file, () =>
      reserveRoom(this.places.next, Buffer.byteLength(text) + answerRoomBytes),
    );
  }

  write(changes: Changes): void {
    const text = this.editor.edit(this.read().text, changes);
    whenWritable(this.file, () => writeDurably(this.places.file, text, this.places.temporary));
    this.lastGoodText = text;
  }

  saveTokens(changes: Changes): void {
    const text = this.withTokens(changes);
    const previous = this.reader.parse(this.lastGoodText);
    try {
      this.room ??= reserveRoom(this.places.next, 0);
      this.room.commit(this.places.file, text);
      this.room = undefined;
      this.readBack(changes);
    } catch (error) {
      throw notSaved(this.name, this.file, this.rescue(text), error);
    }
    keepGenerations(this.places, this.reader.parse(text), previous);
  }

  /** Where the tokens are that could not be saved: a recovery file, or else the room made for them, left as it is. */
  private rescue(text: string): string | undefined {
    const place = writeRecovery(this.places, text);
    if (place !== undefined || !holds(this.places.next, text)) return place;
    this.room = undefined; // not to be cancelled: it is all there is
    return this.places.next;
  }

  keptGenerations(): readonly Environment[] {
    return readGenerations(this.places, this.name);
  }

  replace(text: string): void {
    whenWritable(this.file, () => {
      if (!this.isReadable()) keepAside(this.places);
      writeDurably(this.places.file, text, this.places.temporary);
    });
  }

  isUsed(code: string): boolean {
    return this.lock.note.usedCodes.includes(fingerprint(code, codeDigits));
  }

  markUsed(code: string): void {
    const usedCodes = [...this.lock.note.usedCodes, fingerprint(code, codeDigits)].slice(-usedCodesKept);
    this.lock.annotate({ usedCodes });
  }

  postponedUntil(): Date | null {
    const { postponedUntil } = this.lock.note;
    const until = new Date(postponedUntil ?? Number.NaN);
    return Number.isNaN(until.getTime()) ? null : until;
  }

  postpone(until: Date | null): void {
    if (until?.toISOString() !== this.lock.note.postponedUntil) {
      this.lock.annotate({ postponedUntil: until?.toISOString() ?? null });
    }
  }

  release(): void {
    this.room?.cancel();
    this.lock.release();
  }

  /** A file that was spoilt or removed while the request was under way must not cost the tokens. */
  private withTokens(changes: Changes): string {
    try {
      return this.editor.edit(this.read().text, changes);
    } catch {
      return this.editor.edit(this.lastGoodText, changes);
    }
  }

  private isReadable(): boolean {
    try {
      this.read();
      return true;
    } catch (error) {
      if (error instanceof Failure) return false;
      throw error;
    }
  }

  /** Saved means that the next reader gets it. */
  private readBack(changes: Changes): void {
    const saved = this.read();
    const isSaved = (['access_token', 'refresh_token'] as const).every(
      (key) => (changes[key] ?? '') === '' || valueOf(saved, key) === changes[key],
    );
    if (!isSaved) throw new Error('the file reads back differently');
  }
}

function tracked(file: string, name: string): Failure {
  return invalid(
    'tracked_by_git',
    `${file} is tracked by git, so its tokens would be committed`,
    `take it out: git rm --cached ${file}, commit, then run again; if it was pushed: npx evergrant revoke ${name}`,
  );
}

function holds(file: string, text: string): boolean {
  try {
    return fs.readFileSync(file, 'utf8') === text;
  } catch {
    return false;
  }
}

function whenWritable<T>(file: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw cannotWrite(file, error);
  }
}

function cannotWrite(file: string, error: unknown): Failure {
  const code = systemCode(error) ?? 'unknown';
  return invalid(
    'not_writable',
    `cannot write ${file} (${code}); nothing was spent`,
    'make room, or let this user write the file and its folder, then run again',
    error,
  );
}

function notSaved(name: string, file: string, recovery: string | undefined, cause: unknown): Failure {
  const why = systemCode(cause) ?? 'it reads back differently';
  const where = recovery === undefined ? 'and nowhere else either' : `they are in ${recovery}`;
  return new Failure(
    'not_saved',
    'not_saved',
    `new tokens for ${name} could not be saved in ${file} (${why}); ${where}`,
    `make the file writable, then npx evergrant refresh ${name} takes them over first`,
    { cause },
  );
}
