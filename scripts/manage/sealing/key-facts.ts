import { keysHere, storeOf, type Context } from '../../context';
import { rawOf, type Environment } from '../../environment/environment';
import { isAnyUnsealed, secretKeys } from '../../environment/sealed';
import { Failure } from '../../errors';
import { envelopeIn } from '../../sealing/envelope';
import { keyClasses, keyFingerprint, type KeyClass, type WrappingKeys } from '../../sealing/wrapping-keys';
import { ringOf } from './ring-changes';

/** What `key status` says. */
export interface KeyFacts {
  readonly ring: string;
  readonly isSealing: boolean;
  readonly except: readonly string[];
  readonly recipients: readonly string[];
  /** The configured source; null for none. */
  readonly source: string | null;
  /** What is wrong with it; null for nothing. */
  readonly problem: string | null;
  /** The fingerprints of the keys that it has. */
  readonly has: Readonly<Partial<Record<KeyClass, string>>>;
  /** The newest first. */
  readonly dataKeys: readonly {
    readonly id: string;
    readonly madeAt: string;
    readonly isInEscrow: boolean;
    /** The fingerprints of the keys that open it. */
    readonly openedBy: Readonly<Record<KeyClass, readonly string[]>>;
    /** How many environments have values that are sealed with it. */
    readonly environments: number;
  }[];
  /** How many environments have secrets that are not sealed. */
  readonly unsealed: number;
}

/** Reads every environment, and needs no key. @throws Failure `invalid` where nothing is sealed */
export async function keyFacts(context: Context): Promise<KeyFacts> {
  const { stored, sealing } = await ringOf(context);
  const { keys, isSealing, except, recipients } = sealing.ring;
  const uses = new Map<string, number>();
  let unsealed = 0;
  const store = storeOf(context);
  for await (const look of store.look(await store.names())) {
    if (!('environment' in look)) continue;
    const ids = keyIdsOf(look.environment);
    for (const id of ids) uses.set(id, (uses.get(id) ?? 0) + 1);
    if (isAnyUnsealed(look.environment)) unsealed += 1;
  }
  const dataKeys = keys.map(({ id, madeAt, escrow, wrapped }) => ({
    id,
    madeAt,
    isInEscrow: escrow !== undefined,
    openedBy: {
      access: wrapped.filter((one) => one.class === 'access').map(({ by }) => by),
      refresh: wrapped.filter((one) => one.class === 'refresh').map(({ by }) => by),
    },
    environments: uses.get(id) ?? 0,
  }));
  return { ring: stored.where, isSealing, except, recipients, ...sourceFacts(context), dataKeys, unsealed };
}

function sourceFacts(context: Context): Pick<KeyFacts, 'source' | 'problem' | 'has'> {
  const source = keysHere(context);
  if (source.where === undefined) return { source: null, problem: null, has: {} };
  try {
    return { source: source.where, problem: null, has: fingerprintsOf(source.read(true)) };
  } catch (error) {
    if (error instanceof Failure) return { source: source.where, problem: error.message, has: {} };
    throw error;
  }
}

function fingerprintsOf(keys: WrappingKeys): KeyFacts['has'] {
  const given = keyClasses.flatMap((kind) => {
    const key = keys[kind];
    return key === undefined ? [] : [[kind, keyFingerprint(key)] as const];
  });
  return Object.fromEntries(given);
}

function keyIdsOf(environment: Environment): ReadonlySet<string> {
  return new Set(secretKeys.flatMap((key) => envelopeIn(rawOf(environment, key))?.keyId ?? []));
}
