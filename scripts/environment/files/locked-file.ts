import fs from 'node:fs';
import path from 'node:path';
import { Failure, systemCode } from '../../errors';
import type { Attempt } from '../../history/attempt';
import { fingerprint } from '../../text/fingerprint';
import { environmentEditor, type EnvironmentEditor } from '../edit';
import { bindingOfText, valueOf, type Changes, type Environment } from '../environment';
import { generationOf, tokenKeys } from '../grant';
import type { Sealing } from '../../sealing/sealing';
import { sealedChanges, textAsKept } from '../sealed';
import type { StoredEnvironment, LockedEnvironment } from '../store';
import { asideIn, type FilesAside } from './aside';
import { writeAttempt } from './attempts/attempt-log';
import { preallocate, replaceDurably, type Preallocation } from '../disk/atomic-write';
import { syncFolder } from '../disk/folder-sync';
import { readEnvironmentText, type EnvironmentReader } from './files';
import { keepDurably, keepGenerations, quarantine, readGenerations } from './generations';
import { isTracked } from './git';
import { postponedIn, takeLock, type Lock } from './lock';
import { prepareFolder, temporaryIn, type Paths } from './paths';
import {
  clearRecovery,
  isNewerOfOther,
  isUnjudged,
  newestSuccessor,
  waitingIn,
  writeRecovery,
  writtenAt,
} from './recovery';
import { cannotWrite, notSaved, notSettled, tracked, whenWritable } from './save-failures';

/** More space than any token set needs; Xero's take 3 KB. */
const preallocatedBytes = 64 * 1024;

/** A code is valid for five minutes; more than this many are never valid at once. */
const usedCodesKept = 10;
const codeDigits = 16;

/** Locks an environment's file. @throws Failure `busy`, or `invalid` when the lock's folder can't be written */
export async function lockFile(
  reader: EnvironmentReader,
  paths: Paths,
  storedAt: (file: string) => StoredEnvironment,
  waitMs: number,
): Promise<LockedEnvironment> {
  const { name, file } = reader;
  if (!fs.existsSync(paths.folder)) readEnvironmentText(file, name); // so that no folder is made for a missing file
  if (isTracked(paths.file)) throw tracked(file, name);
  try {
    prepareFolder(paths);
    const lock = await takeLock(paths.lock, name, waitMs);
    try {
      return new LockedFile(reader, paths, storedAt, lock);
    } catch (error) {
      lock.release();
      throw error;
    }
  } catch (error) {
    throw error instanceof Failure ? error : cannotWrite(file, error);
  }
}

/** An environment file while its lock is held. Nothing else writes it. */
class LockedFile implements LockedEnvironment {
  private readonly name: string;
  private readonly file: string;
  private readonly editor: EnvironmentEditor;
  readonly aside: FilesAside;
  private preallocation: Preallocation | undefined;
  /** What tokens are set in when the file has become one that they can't be set in: what this process wrote last, or read first. */
  private goodText: string | undefined;
  /** The store's sealing since the lock was taken: data keys that are in use under a lock are not retired. */
  private readonly sealing: Sealing | undefined;
  /** What was kept, but would still be lost in a power cut. */
  private unsettled: { readonly place: string; readonly text: string } | undefined;

  constructor(
    private readonly reader: EnvironmentReader,
    private readonly paths: Paths,
    storedAt: (file: string) => StoredEnvironment,
    private readonly lock: Lock,
  ) {
    this.name = reader.name;
    this.file = reader.file;
    this.editor = environmentEditor(reader.file);
    this.sealing = reader.sealing();
    this.aside = asideIn({ kept: reader, paths, storedAt, keep: (changes) => this.keepPending(changes) });
  }

  async read(): Promise<Environment> {
    const environment = this.reader.read();
    this.goodText ??= environment.text;
    return environment;
  }

  async pickUpRecovery(): Promise<boolean> {
    const waiting = waitingIn(this.paths, this.reader);
    const isRecovered = waiting.sets.length > 0 && (await this.recover(waiting.sets));
    clearRecovery(waiting);
    return isRecovered;
  }

  private async recover(sets: readonly Environment[]): Promise<boolean> {
    const current = this.reader.read();
    const unjudged = sets.filter((set) => isUnjudged(set, current));
    const judged = sets.filter((set) => !unjudged.includes(set));
    for (const set of unjudged) await this.aside.putBack(set);
    for (const set of judged.filter((one) => isNewerOfOther(one, current))) keepDurably(this.paths, set);
    const recovered = newestSuccessor(judged, current);
    if (recovered === undefined) return false;
    await this.edit(recovered);
    keepGenerations(this.paths, this.reader.read(), current);
    return true;
  }

  async prepareSave(mark: Changes): Promise<void> {
    const { text } = this.reader.read();
    this.editor.check(text, tokenKeys);
    if (this.sealing?.seals(this.name) === true) this.sealing.prove(this.name);
    await whenWritable(this.file, () => this.preallocate(Buffer.byteLength(text) + preallocatedBytes));
    await this.edit(mark);
  }

  private preallocate(bytes: number): Preallocation {
    return (this.preallocation ??= preallocate(temporaryIn(this.paths.folder, 'next'), bytes));
  }

  async write(changes: Changes): Promise<void> {
    await this.edit(changes);
  }

  private async edit(changes: Changes): Promise<void> {
    const current = this.reader.read();
    const text = this.editor.edit(current.text, sealedChanges(current, changes, this.sealing));
    await whenWritable(this.file, () => this.writeText(text));
    this.goodText = text;
  }

  /** Always: the kernel frees the lock only when this process ends. */
  async mayStillSend(): Promise<boolean> {
    return true;
  }

  keep(changes: Changes): void {
    const { text, previous } = this.withTokens(changes);
    this.put(this.paths.file, text, () => this.readBack(changes));
    keepGenerations(this.paths, this.reader.parse(text), previous);
  }

  private keepPending(changes: Changes): void {
    this.put(this.paths.pending, this.withTokens(changes).text, () => undefined);
  }

  /** Puts a text with new tokens in place, synced except for the folder. If that fails, it goes to a recovery file. */
  private put(place: string, text: string, readBack: () => void): void {
    try {
      this.preallocate(0).keep(place, text);
      this.preallocation = undefined;
      readBack();
    } catch (error) {
      throw notSaved(this.name, place, this.rescue(text), error);
    }
    this.unsettled = { place, text };
  }

  async settle(): Promise<void> {
    const { unsettled } = this;
    if (unsettled === undefined) return;
    this.unsettled = undefined;
    try {
      await syncFolder(path.dirname(unsettled.place));
    } catch (error) {
      throw notSettled(this.name, unsettled.place, writeRecovery(this.paths, unsettled.text), error);
    }
  }

  async refuse(refreshToken: string): Promise<boolean> {
    if (valueOf(this.reader.read(), 'refresh_token') !== refreshToken) return false;
    await this.edit({ grant_status: 'consent_needed', refresh_started_at: '' });
    return true;
  }

  /** Saves tokens that could not be put in place: in a recovery file, or in the preallocated file, which then stays. */
  private rescue(text: string): string | undefined {
    const place = writeRecovery(this.paths, text);
    const { preallocation } = this;
    if (place !== undefined || preallocation === undefined || !holds(preallocation.place, text)) return place;
    this.preallocation = undefined; // not cancelled: it is the only copy
    return preallocation.place;
  }

  keepAnswer(body: string): string | undefined {
    const name = `answer-${new Date().toISOString().replaceAll(':', '')}.txt`;
    const paths = [this.paths.folder, ...this.paths.recovery.map((place) => path.dirname(place))];
    const { sealing } = this;
    const text = sealing?.seals(this.name) === true ? sealing.seal(bindingOfText(this.name), body) : body;
    return paths.map((folder) => path.join(folder, name)).find((place) => writtenAt(place, text));
  }

  async keepHeld(): Promise<void> {
    const held = this.reader.read();
    await whenWritable(this.file, () => keepDurably(this.paths, held));
  }

  async candidates(after: number): Promise<readonly Environment[]> {
    return readGenerations(this.paths, this.reader, after);
  }

  async replace(text: string): Promise<void> {
    const kept = textAsKept(this.reader.parse(text), this.sealing, this.file);
    await whenWritable(this.file, async () => {
      if (!this.isReadable()) quarantine(this.paths);
      await this.writeText(kept);
    });
  }

  private async writeText(text: string): Promise<void> {
    await replaceDurably(this.paths.file, text, temporaryIn(this.paths.folder, 'tmp'));
  }

  async reseal(): Promise<number> {
    await this.pickUpRecovery();
    const { resealTexts } = require('./sealed/reseal') as typeof import('./sealed/reseal');
    try {
      return resealTexts(this.paths, this.reader);
    } catch (error) {
      throw systemCode(error) === undefined ? error : cannotWrite(this.file, error);
    }
  }

  async isUsed(code: string): Promise<boolean> {
    return this.lock.note.usedCodes.includes(fingerprint(code, codeDigits));
  }

  async markUsed(code: string): Promise<void> {
    const usedCodes = [...this.lock.note.usedCodes, fingerprint(code, codeDigits)].slice(-usedCodesKept);
    this.lock.annotate({ usedCodes });
  }

  async retryAfter(): Promise<Date | null> {
    return postponedIn(this.lock.note);
  }

  async setRetryAfter(until: Date | null): Promise<void> {
    if (until?.toISOString() !== this.lock.note.postponedUntil) {
      this.lock.annotate({ postponedUntil: until?.toISOString() ?? null });
    }
  }

  async release(attempt?: Attempt): Promise<void> {
    this.preallocation?.cancel();
    try {
      if (attempt !== undefined) writeAttempt(path.dirname(this.file), attempt);
    } finally {
      this.lock.release();
    }
  }

  /**
   * The new text of the file, and what it takes the place of. A file that was corrupted or removed during the request, or
   * whose rows for tokens can't be written any more, gets the tokens in the last good text. If a later copy was put in
   * place by hand meanwhile, the kept generation is newer than that one too.
   */
  private withTokens(changes: Changes): { readonly text: string; readonly previous: Environment } {
    try {
      const previous = this.reader.read();
      const generation = Math.max(Number(changes.generation ?? 0), generationOf(previous) + 1);
      return { text: this.editTokens(previous, { ...changes, generation: String(generation) }), previous };
    } catch (error) {
      if (this.goodText === undefined) throw error;
      const previous = this.reader.parse(this.goodText);
      return { text: this.editTokens(previous, changes), previous };
    }
  }

  private editTokens(current: Environment, changes: Changes): string {
    return this.editor.edit(current.text, sealedChanges(current, changes, this.sealing));
  }

  private isReadable(): boolean {
    try {
      this.reader.read();
      return true;
    } catch (error) {
      if (error instanceof Failure) return false;
      throw error;
    }
  }

  /** Checks that the next reader gets the saved tokens. */
  private readBack(changes: Changes): void {
    const saved = this.reader.read();
    const isSaved = (['access_token', 'refresh_token'] as const).every(
      (key) => (changes[key] ?? '') === '' || valueOf(saved, key) === changes[key],
    );
    if (!isSaved) throw new Error('the file reads back differently');
  }
}

function holds(file: string, text: string): boolean {
  try {
    return fs.readFileSync(file, 'utf8') === text;
  } catch {
    return false;
  }
}
