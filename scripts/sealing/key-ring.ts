import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { invalid, type Failure } from '../errors';
import { jsonOf } from '../text/json';
import { openBytes, sealBytes } from './cipher';
import { keyClasses, keyFingerprint, type KeyClass, type WrappingKeys } from './wrapping-keys';

/** A data key, wrapped by a wrapping key that the fingerprint `by` tells from others. */
const wrappedShape = v.object({ class: v.picklist(keyClasses), by: v.string(), value: v.string() });

const ringKeyShape = v.object({
  id: v.pipe(v.string(), v.regex(/^[0-9a-f]{8}$/)),
  madeAt: v.string(),
  wrapped: v.array(wrappedShape),
  /** Both data keys for the age recipients (age-encryption.org/v1), armored; undefined without recipients. */
  escrow: v.optional(v.string()),
});

const ringShape = v.object({
  version: v.literal(1),
  store: v.string(),
  isSealing: v.boolean(),
  except: v.array(v.string()),
  recipients: v.array(v.string()),
  keys: v.pipe(v.array(ringKeyShape), v.minLength(1)),
});

export type RingKey = Readonly<v.InferOutput<typeof ringKeyShape>>;

/**
 * A store's data keys, all wrapped, and which of its environments are sealed. It is kept in the store, and no value of it is
 * secret.
 */
export interface KeyRing {
  readonly version: 1;
  /** What sealed values are bound to, so that another store refuses them. */
  readonly store: string;
  /** Whether everything that is written is sealed, or nothing; for the environments in `except` the contrary holds. */
  readonly isSealing: boolean;
  readonly except: readonly string[];
  /** Who can open data keys when the wrapping keys are lost (age recipients). */
  readonly recipients: readonly string[];
  /** The newest first: what is written is sealed with that one. */
  readonly keys: readonly RingKey[];
}

/** The data keys of one generation of a ring. */
export type DataKeys = Required<WrappingKeys>;

/** @throws Failure `invalid` for a text that is no key ring */
export function ringIn(text: string, where: string): KeyRing {
  const parsed = v.safeParse(ringShape, jsonOf(text));
  if (parsed.success) return parsed.output;
  const hint = 'put it back from a backup: without it no sealed value can be opened';
  throw invalid('bad_key_ring', `${where} is no key ring`, hint);
}

export function textOfRing(ring: KeyRing): string {
  return `${JSON.stringify(ring, null, 2)}\n`;
}

/** A ring with its first data keys, which seals nothing yet. */
export function newRing(wrapping: Required<WrappingKeys>, at: Date): { ring: KeyRing; data: DataKeys; keyId: string } {
  const blank = { version: 1, isSealing: false, except: [], recipients: [], keys: [] } as const;
  return withNewKeys({ ...blank, store: randomBytes(16).toString('hex') }, wrapping, at);
}

/** The ring with new data keys in front, which are used from now on. */
export function withNewKeys(
  ring: KeyRing,
  wrapping: Required<WrappingKeys>,
  at: Date,
): { ring: KeyRing; data: DataKeys; keyId: string } {
  const data = { access: randomBytes(32), refresh: randomBytes(32) };
  const keyId = randomBytes(4).toString('hex');
  const wrapped = keyClasses.map((one) => wrap(ring.store, keyId, one, data[one], wrapping[one]));
  const key: RingKey = { id: keyId, madeAt: at.toISOString(), wrapped };
  return { ring: { ...ring, keys: [key, ...ring.keys] }, data, keyId };
}

/** The ring with data keys wrapped by these wrapping keys as well, or by these alone. */
export function rewrapped(
  ring: KeyRing,
  opened: ReadonlyMap<string, Partial<DataKeys>>,
  wrapping: WrappingKeys,
  others: 'kept' | 'dropped',
): KeyRing {
  const keys = ring.keys.map((key) => {
    const data = opened.get(key.id) ?? {};
    const added = keyClasses.flatMap((one) => {
      const [own, by] = [data[one], wrapping[one]];
      return own === undefined || by === undefined ? [] : [wrap(ring.store, key.id, one, own, by)];
    });
    const isReplaced = (old: RingKey['wrapped'][number]): boolean =>
      added.some((one) => one.class === old.class && (others === 'dropped' || one.by === old.by));
    return { ...key, wrapped: [...added, ...key.wrapped.filter((old) => !isReplaced(old))] };
  });
  return { ...ring, keys };
}

function wrap(
  store: string,
  keyId: string,
  kind: KeyClass,
  data: Buffer,
  wrapping: Buffer,
): RingKey['wrapped'][number] {
  return { class: kind, by: keyFingerprint(wrapping), value: sealBytes(wrapping, boundOf(store, keyId, kind), data) };
}

function boundOf(store: string, keyId: string, kind: KeyClass): string[] {
  return ['data key', store, keyId, kind];
}

/** A data key of a ring; undefined when these wrapping keys do not open it. */
export function unwrap(ring: KeyRing, key: RingKey, kind: KeyClass, wrapping: WrappingKeys): Buffer | undefined {
  const own = wrapping[kind];
  if (own === undefined) return undefined;
  const by = keyFingerprint(own);
  const wrapped = key.wrapped.find((one) => one.class === kind && one.by === by);
  return wrapped && openBytes(own, boundOf(ring.store, key.id, kind), wrapped.value);
}

/** The failure of a value whose data key is not in the ring. */
export function noSuchKey(keyId: string, what: string): Failure {
  return invalid(
    'no_data_key',
    `${what} is sealed with the data key ${keyId}, which this store does not have`,
    'it was retired, or this is a part of another store: see npx evergrant key status',
  );
}
