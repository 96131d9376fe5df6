import { Failure, invalid } from '../errors';
import { fingerprint as fingerprintOf } from '../text/fingerprint';
import { openBytes, sealBytes } from './cipher';
import { envelopeIn, textOfEnvelope } from './envelope';
import type { Keys } from './keys';
import { noSuchKey, unwrap, type KeyRing, type RingKey } from './key-ring';
import type { KeyClass, WrappingKeys } from './wrapping-keys';

/** What a sealed value is bound to besides its store: a value that was moved is refused. */
export interface Binding {
  /** The environment's name, or `app APP`. */
  readonly name: string;
  /** The row, or the kind of text. */
  readonly row: string;
  /** The generation of a token; '' for what belongs to none. */
  readonly generation: string;
}

/** A name that an environment has or had. */
export interface KnownName {
  readonly name: string;
  /** Whether there is an environment of this name. */
  readonly isThere: boolean;
}

const rememberedValues = 32;

/** For all values together: a store may have many names, and nobody waits for a hint that long. */
const longestSearchMs = 1000;

/** More than any token set has; Xero's have 3 KB. */
const trialBytes = 64 * 1024;

/** Only the access token is of the first class. */
function classOf({ row }: Pick<Binding, 'row'>): KeyClass {
  return row === 'access_token' ? 'access' : 'refresh';
}

/** Seals and opens the values of one store. The wrapping keys are read at the first value, and once. */
export class Sealing {
  private wrapping: WrappingKeys | undefined;
  private readonly known = new Map<string, Buffer>();
  /** The values opened last: one refresh reads each of them several times. */
  private readonly lately = new Map<string, string>();
  private isTried = false;
  private searchMs = longestSearchMs;

  constructor(
    readonly ring: KeyRing,
    private readonly keys: Keys,
    /** The names that a value may have been sealed for, to say where it comes from. */
    private readonly names: () => readonly KnownName[] = () => [],
  ) {}

  /** Whether what is written of an environment (or app) is sealed. */
  seals(name: string): boolean {
    return this.ring.isSealing !== this.ring.except.includes(name);
  }

  /** Whether this process has the keys already, so that nothing has to be fetched for opening a value. */
  get isOpen(): boolean {
    return this.wrapping !== undefined;
  }

  /** @throws Failure `invalid` when this process has no key for it */
  seal(binding: Binding, value: string): string {
    const [current] = this.ring.keys;
    if (current === undefined) throw noSuchKey('', this.nameOf(binding));
    const fingerprint = binding.row === 'refresh_token' ? fingerprintOf(value) : '';
    const bound = this.boundTo(binding, current.id, fingerprint);
    const payload = sealBytes(this.dataKey(current.id, binding), bound, Buffer.from(value));
    return textOfEnvelope({ keyId: current.id, fingerprint, payload });
  }

  /** @throws Failure `invalid` when this process has no key for it, and when it was changed or is of another place */
  open(binding: Binding, sealed: string): string {
    const opened = this.tryOpen(binding, sealed);
    if (opened !== undefined) return opened;
    const from = this.sealedAs(binding, sealed);
    throw from === undefined ? this.notOfHere(binding) : this.ofAnother(binding, from);
  }

  /** The name that a value was sealed for, as far as it is found in the time that is left for that. */
  private sealedAs(binding: Binding, sealed: string): KnownName | undefined {
    if (this.searchMs <= 0) return undefined;
    const startedMs = performance.now();
    let from: KnownName | undefined;
    for (const one of this.names()) {
      if (from !== undefined || performance.now() - startedMs > this.searchMs) break;
      if (this.decrypt({ ...binding, name: one.name }, sealed) !== undefined) from = one;
    }
    this.searchMs -= performance.now() - startedMs;
    return from;
  }

  private notOfHere(binding: Binding): Failure {
    const problem = `${this.nameOf(binding)} was not sealed for this place, or was changed since`;
    const hint = `put a kept generation back: npx evergrant restore ${binding.name}`;
    return invalid('sealed_elsewhere', problem, hint);
  }

  private ofAnother(binding: Binding, { name, isThere }: KnownName): Failure {
    const hint = isThere
      ? `it is a copy, and ${name} is there: npx evergrant remove ${binding.name}`
      : `if it was moved: npx evergrant rename ${name} ${binding.name}`;
    return invalid('sealed_elsewhere', `${this.nameOf(binding)} was sealed as ${name}`, hint);
  }

  /** The value; undefined when it was changed, or sealed for another place. @throws Failure `invalid` without a key */
  tryOpen(binding: Binding, sealed: string): string | undefined {
    const place = `${binding.name} ${binding.row} ${binding.generation} ${sealed}`;
    const known = this.lately.get(place);
    if (known !== undefined) return known;
    const opened = this.decrypt(binding, sealed);
    if (opened === undefined) return undefined;
    if (this.lately.size >= rememberedValues) this.lately.clear();
    this.lately.set(place, opened);
    return opened;
  }

  private decrypt(binding: Binding, sealed: string): string | undefined {
    const envelope = envelopeIn(sealed);
    if (envelope === undefined) return undefined;
    const { keyId, fingerprint, payload } = envelope;
    const key = this.dataKey(keyId, binding);
    return openBytes(key, this.boundTo(binding, keyId, fingerprint), payload)?.toString('utf8');
  }

  /** Whether a value is sealed with the newest data key. */
  isCurrent(sealed: string): boolean {
    return envelopeIn(sealed)?.keyId === this.ring.keys[0]?.id;
  }

  /** Proves once that what an answer brings can be sealed and opened: both keys are there. @throws Failure `invalid` */
  prove(name: string): void {
    if (this.isTried) return;
    for (const row of ['access_token', 'refresh_token']) {
      const [binding, value] = [{ name, row, generation: 'trial' }, 'x'.repeat(trialBytes)];
      if (this.open(binding, this.seal(binding, value)) !== value) throw new Error('a sealed value opens differently');
    }
    this.isTried = true;
  }

  private boundTo({ name, row, generation }: Binding, keyId: string, fingerprint: string): string[] {
    return [this.ring.store, keyId, name, row, generation, fingerprint];
  }

  private dataKey(keyId: string, binding: Binding): Buffer {
    const kind = classOf(binding);
    const known = this.known.get(`${keyId} ${kind}`);
    if (known !== undefined) return known;
    const key = this.ring.keys.find(({ id }) => id === keyId);
    if (key === undefined) throw noSuchKey(keyId, this.nameOf(binding));
    this.wrapping ??= this.readWrapping(binding, false);
    const data = unwrap(this.ring, key, kind, this.wrapping) ?? this.unwrapAgain(binding, key);
    this.known.set(`${keyId} ${kind}`, data);
    return data;
  }

  private unwrapAgain(binding: Binding, key: RingKey): Buffer {
    const kind = classOf(binding);
    this.wrapping = this.readWrapping(binding, true);
    const data = unwrap(this.ring, key, kind, this.wrapping);
    if (data === undefined) throw this.notOpened(binding, kind);
    return data;
  }

  private readWrapping(binding: Binding, again: boolean): WrappingKeys {
    if (this.keys.where !== undefined) return this.keys.read(again);
    throw invalid(
      'no_key',
      `${this.nameOf(binding)} is sealed, and this process has no key`,
      'say where the key is, by EVERGRANT_KEY_FILE or EVERGRANT_KEY_COMMAND; see npx evergrant key status',
    );
  }

  private notOpened(binding: Binding, kind: KeyClass): Failure {
    const where = this.keys.where ?? 'the key';
    if (this.wrapping?.[kind] !== undefined) {
      const hint = 'see which one it needs: npx evergrant key status';
      return invalid('wrong_key', `the key in ${where} does not open ${this.nameOf(binding)}`, hint);
    }
    const only = `the key in ${where} does not open ${this.nameOf(binding)}: it is for`;
    if (kind === 'access')
      return invalid('no_access_key', `${only} refresh tokens alone`, 'put both lines of the key there');
    const hint = 'the machine that has the whole key refreshes: run again later, or run this there';
    return new Failure('temporary_failure', 'access_key_only', `${only} access tokens alone`, hint);
  }

  private nameOf({ name, row }: Binding): string {
    return `${row} of ${name}`;
  }
}
