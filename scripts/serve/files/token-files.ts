import fs from 'node:fs';
import path from 'node:path';
import { storeOf, type Context } from '../../context';
import { tolerate } from '../../environment/disk/atomic-write';
import { putWhole } from '../../environment/files/publish';
import { readTrusted } from '../../environment/files/trust';
import { Failure, invalid, systemCode } from '../../errors';
import { failureOf } from '../../terminal/console';
import { fingerprint } from '../../text/fingerprint';
import { minuteMs } from '../../text/duration';
import { expiryIn, fileTokenOf, formatToken, type TokenFormat } from './format';
import { checkFolder, checkGroup, type Readers, type TokenPlace } from './place';

export interface TokenFilesOptions {
  readonly place: TokenPlace;
  readonly format: TokenFormat;
  readonly readers: Readers;
}

/** Environments are looked at this often; seldomer where looking takes long, as for thousands or on a busy machine. */
const [lookMs, longestRestMs] = [2000, 10_000];

/** Looking takes one twentieth of the time at most. */
const restPerLook = 19;

/** A file that is being written for longer than this is left from a process that was killed. */
const abandonedMs = minuteMs;

interface Written {
  readonly mark: string;
  readonly expiresAt: Date;
}

/**
 * Files with the current access token of each environment, for programs that can only read a file.
 *
 * - A file is replaced as a whole by each new token, whoever has refreshed it. It has its mode and group before its name.
 * - It is removed once its token has expired, and when its environment is gone, refused, or handed over. While the store can't
 *   be read, a file stays until its token expires.
 * - It never holds a refresh token or a client secret.
 * - A file that is no token file is never replaced or removed; no link is followed.
 *
 * Not guaranteed: files outlive this process, until it runs again; what they say of their expiry holds.
 */
export class TokenFiles {
  private readonly written = new Map<string, Written>();
  private readonly told = new Map<string, string>();

  private constructor(
    private readonly options: TokenFilesOptions,
    private readonly context: Context,
  ) {}

  /** Checks the place, and takes over what an earlier run has left. @throws Failure `invalid` */
  static async open(options: TokenFilesOptions, context: Context): Promise<TokenFiles> {
    const { folder } = options.place;
    checkFolder(folder, options.readers);
    checkGroup(folder, options.readers);
    const files = new TokenFiles(options, context);
    const names = new Set(await storeOf(context).names());
    for (const file of fs.readdirSync(folder)) files.takeOver(file, names);
    return files;
  }

  /** Brings the files in line with the store, again and again until this process is asked to stop. */
  async keep(): Promise<void> {
    const { sleep, signals } = this.context;
    while (!signals.isStopping()) {
      const began = performance.now();
      await this.update();
      const restMs = (performance.now() - began) * restPerLook;
      await sleep(Math.min(longestRestMs, Math.max(lookMs, restMs)));
    }
  }

  /** Brings the files in line with the store, once. What is in the way of one is said, and stops no other. */
  async update(): Promise<void> {
    const { place, readers } = this.options;
    await this.attempt('', async () => {
      checkFolder(place.folder, readers);
      const store = storeOf(this.context);
      const names = await store.names();
      for await (const look of store.look(names)) {
        if ('environment' in look) await this.attempt(look.given, () => this.bring(look.environment));
      }
      const there = new Set(names);
      for (const name of this.written.keys()) if (!there.has(name)) this.remove(name);
    });
    for (const [name, { expiresAt }] of this.written) if (expiresAt <= this.context.now()) this.remove(name);
  }

  private bring(environment: Parameters<typeof fileTokenOf>[0]): void {
    const { place, format, readers } = this.options;
    const token = fileTokenOf(environment, this.context.now());
    if (token === undefined) return this.remove(environment.name);
    const [file, text] = [place.fileOf(environment.name), formatToken(token, format)];
    const mark = fingerprint(text, 64);
    const there = this.read(file);
    const before = this.written.get(environment.name)?.mark;
    if (there !== undefined && before === mark) return;
    const isOwn = there === undefined || expiryIn(there, format) !== undefined || fingerprint(there, 64) === before;
    if (!isOwn) throw foreignFile(file);
    putWhole(file, text, readers.mode, readers.gid);
    this.written.set(environment.name, { mark, expiresAt: token.expiresAt });
  }

  /** Removes a file of this process's, unless another process has written a newer token there. */
  private remove(name: string): void {
    const before = this.written.get(name);
    if (before === undefined) return;
    const file = this.options.place.fileOf(name);
    tolerate(() => {
      const text = this.read(file);
      if (text !== undefined && fingerprint(text, 64) === before.mark) fs.rmSync(file, { force: true });
    });
    this.written.delete(name);
  }

  /** A token file that an earlier run has written counts as this one's; half a file that one has left is removed. */
  private takeOver(entry: string, names: ReadonlySet<string>): void {
    const { place, format } = this.options;
    const [, written] = /^\.(.+)\.[0-9a-f]{12}\.tmp$/.exec(entry) ?? [];
    if (written !== undefined && place.nameOf(written) !== undefined)
      return removeAbandoned(path.join(place.folder, entry));
    const name = place.nameOf(entry);
    if (name === undefined) return;
    const file = path.join(place.folder, entry);
    if (!names.has(name) && (format === 'raw' || !fs.lstatSync(file).isFile())) return; // it may be any program's
    const text = this.read(file) ?? '';
    const expiresAt = expiryIn(text, format);
    if (expiresAt !== undefined) this.written.set(name, { mark: fingerprint(text, 64), expiresAt });
    else if (names.has(name)) throw foreignFile(file);
  }

  private read(file: string): string | undefined {
    return readTrusted(file);
  }

  /** Does something for an environment, or for all (''); a failure is said unless it is the same as the last one. */
  private async attempt(name: string, act: () => Promise<void> | void): Promise<void> {
    try {
      await act();
      this.told.delete(name);
    } catch (error) {
      const failure = failureOf(asFailure(error, this.options.place), this.context.console);
      if (this.told.get(name) === failure.code) return;
      this.told.set(name, failure.code);
      this.context.console.say(`evergrant: ${failure.message}\n  → ${failure.hint}`);
    }
  }
}

function removeAbandoned(file: string): void {
  tolerate(() => {
    const { mtimeMs } = fs.lstatSync(file);
    if (Date.now() - mtimeMs > abandonedMs) fs.rmSync(file, { force: true });
  });
}

function foreignFile(file: string): Failure {
  return invalid(
    'no_token_file',
    `${file} is no token file, so it is not replaced`,
    'move it, or name others by --files',
  );
}

function asFailure(error: unknown, { folder }: TokenPlace): unknown {
  const code = systemCode(error);
  if (code === undefined) return error;
  const hint = 'make room there, or let this user write in it; it is tried again';
  return new Failure(
    'temporary_failure',
    `file_${code}`,
    `a token file in ${folder} can't be written (${code})`,
    hint,
    {
      cause: error,
    },
  );
}
