import { createHash } from 'node:crypto';
import fs from 'node:fs';
import * as v from 'valibot';
import { systemCode } from '../../errors';
import { jsonOf } from '../../text/json';
import type { ClaimIndex } from '../store';
import { currentName } from './moving/former-name';
import { environmentFile, isName, listEnvironments, readEnvironmentText } from './files';

/** What the index keeps of a file, so that a callback need not read it. */
interface Claim {
  /** The name inside it. */
  readonly innerName: string;
  /** The digest of a PKCE app's kept state that names no environment; '' for none. */
  readonly keptState: string;
  /** Differs when the file has changed. */
  readonly version: string;
}

type NameIn = (state: string) => string | undefined;

/** A folder that changed less than this long ago may change again under the same time of change. */
const coarsestTimeMs = 2_000;
const filesAtOnce = 20;

/**
 * Each refresh changes the folder, and listing 10,000 names takes 50 ms: so many are listed once a second at the most. The
 * callback of a new environment comes later than that, because a person has to sign in first.
 */
const [many, restMs] = [500, 1000];

/**
 * Finds the environments of a folder by name or state, instead of reading all of them for each callback. Reading them
 * would make a forged state expensive, and its duration would show who is a customer here. A file is read when it is
 * new and, in {@link reread}, when it has changed.
 */
export class NameIndex implements ClaimIndex {
  private readonly claims = new Map<string, Claim>();
  private readonly byInnerName = new Map<string, Set<string>>();
  private readonly byKeptState = new Map<string, Set<string>>();
  private names: readonly string[] = [];
  private seenAt = Number.NaN;
  /** The folder is not listed again before; by the monotonic clock. */
  private restsUntilMs = 0;

  /** `nameIn` returns the unverified name in a state; undefined when there is none. */
  constructor(
    private readonly folder: string,
    private readonly nameIn: NameIn,
  ) {
    this.look();
  }

  /** The environments that an unverified state may be for, found by file name, inner name, or the state kept there. */
  async claimants(state: string): Promise<readonly string[]> {
    this.look();
    const named = this.nameIn(state);
    if (named === undefined) return [...(this.byKeptState.get(digest(state)) ?? [])];
    const byFile = this.claims.has(named) ? [named] : [];
    const found = new Set([...byFile, ...(this.byInnerName.get(named) ?? [])]);
    const renamed = found.size === 0 && isName(named) ? currentName(this.folder, named) : undefined;
    return renamed === undefined ? [...found] : [renamed];
  }

  /** Some environment; the same one each time for the same number. Undefined in an empty folder. */
  async pick(number: number): Promise<string | undefined> {
    return this.names[number % this.names.length];
  }

  /** Reads again what has changed since it was read, a few files at a time. */
  async reread(): Promise<void> {
    [this.seenAt, this.restsUntilMs] = [Number.NaN, 0];
    this.look();
    for (const [index, name] of this.names.entries()) {
      if (index % filesAtOnce === 0) await new Promise(setImmediate);
      if (this.claims.get(name)?.version !== versionOf(this.fileOf(name))) this.add(name);
    }
  }

  /** Notices files that are new or gone, by the folder's time of change. */
  private look(): void {
    if (performance.now() < this.restsUntilMs) return;
    const changedAt = fs.statSync(this.folder, { throwIfNoEntry: false })?.mtimeMs;
    if (changedAt === this.seenAt) return;
    this.names = changedAt === undefined ? [] : listEnvironments(this.folder).filter(isName);
    const present = new Set(this.names);
    for (const name of this.claims.keys()) if (!present.has(name)) this.remove(name);
    for (const name of this.names) if (!this.claims.has(name)) this.add(name);
    const isSettled = changedAt !== undefined && Math.abs(Date.now() - changedAt) > coarsestTimeMs;
    this.seenAt = isSettled ? changedAt : Number.NaN;
    if (this.names.length >= many) this.restsUntilMs = performance.now() + restMs;
  }

  private add(name: string): void {
    this.remove(name);
    const claim = this.claimOf(name);
    this.claims.set(name, claim);
    addTo(this.byInnerName, claim.innerName, name);
    if (claim.keptState !== '') addTo(this.byKeptState, claim.keptState, name);
  }

  private remove(name: string): void {
    const claim = this.claims.get(name);
    if (claim === undefined) return;
    this.claims.delete(name);
    removeFrom(this.byInnerName, claim.innerName, name);
    removeFrom(this.byKeptState, claim.keptState, name);
  }

  /** A file that can't be read is found by its file name only. */
  private claimOf(name: string): Claim {
    const file = this.fileOf(name);
    const version = versionOf(file); // taken before reading, so that a later change is noticed
    const read = v.safeParse(fileShape, jsonOf(textOf(file, name)));
    if (!read.success) return { innerName: name, keptState: '', version };
    const row = read.output.values.find((value) => v.is(keptShape, value));
    const state = v.is(keptShape, row) ? row.value.trim() : '';
    const isNameless = state !== '' && this.nameIn(state) === undefined;
    return { innerName: read.output.name, keptState: isNameless ? digest(state) : '', version };
  }

  private fileOf(name: string): string {
    return environmentFile(this.folder, name);
  }
}

const fileShape = v.object({ name: v.string(), values: v.fallback(v.array(v.unknown()), []) });
const keptShape = v.object({ key: v.literal('consent_state'), value: v.string() });

function textOf(file: string, name: string): string {
  try {
    return readEnvironmentText(file, name).replace(/^\uFEFF/, '');
  } catch {
    return '';
  }
}

function versionOf(file: string): string {
  try {
    const { mtimeMs, size, ino } = fs.statSync(file);
    return `${mtimeMs} ${size} ${ino}`;
  } catch (error) {
    return systemCode(error) ?? 'unknown';
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

function addTo(map: Map<string, Set<string>>, key: string, name: string): void {
  const names = map.get(key);
  if (names === undefined) map.set(key, new Set([name]));
  else names.add(name);
}

function removeFrom(map: Map<string, Set<string>>, key: string, name: string): void {
  const names = map.get(key);
  names?.delete(name);
  if (names?.size === 0) map.delete(key);
}
