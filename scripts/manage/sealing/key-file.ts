import path from 'node:path';
import { randomBytes } from 'node:crypto';
import { keysHere, type Context } from '../../context';
import { writeDurably } from '../../environment/disk/atomic-write';
import { requireNew } from '../../environment/files/publish';
import { invalid, systemCode, type Failure } from '../../errors';
import { newWrappingKeys, textOfKeys, type WrappingKeys } from '../../sealing/wrapping-keys';

/** Where new wrapping keys go: a new file, or standard output for `-`. */
export interface NewKey {
  readonly keys: Required<WrappingKeys>;
  /** Writes it, for this user alone, and returns where it is for people. @throws Failure `invalid` */
  write(): string;
}

/** Says what was done: not on standard output where that is the new key, so that it can be written into a file. */
export function reportOf(to: string | undefined, { console }: Context): (line: string) => void {
  return to === '-' ? console.say : console.print;
}

/** New wrapping keys, not written yet. @throws Failure `invalid` where the file is there already */
export function newKey(to: string, { console, now }: Context): NewKey {
  if (to !== '-') requireNewKey(to);
  const keys = newWrappingKeys();
  for (const key of Object.values(keys)) console.secrets.add(key.toString('base64url'));
  const text = `# evergrant: opens the secrets of its store. Made ${now().toISOString()}. Keep a copy where the data is not.\n${textOfKeys(keys)}`;
  return {
    keys,
    write: () => {
      if (to === '-') console.disclose(text.trimEnd());
      else writeNew(to, text);
      return to === '-' ? 'standard output' : to;
    },
  };
}

/** The wrapping keys of the configured source, both of them. @throws Failure `invalid` */
export function wholeKey(context: Context): Required<WrappingKeys> {
  const source = keysHere(context);
  if (source.where === undefined) throw noKey();
  const { access, refresh } = source.read(true);
  if (access !== undefined && refresh !== undefined) return { access, refresh };
  const hint = 'run this where the whole key is';
  throw invalid(
    'half_a_key',
    `the key in ${source.where} is for ${access === undefined ? 'refresh' : 'access'} tokens alone`,
    hint,
  );
}

export function noKey(): Failure {
  return invalid(
    'no_key',
    'no key is configured, and none is made in silence',
    'make one: npx evergrant key init --to FILE, or say where it is: EVERGRANT_KEY_FILE',
  );
}

function writeNew(file: string, text: string): void {
  requireNewKey(file);
  const folder = path.dirname(file);
  try {
    writeDurably(file, text, path.join(folder, `.${randomBytes(8).toString('hex')}.tmp`));
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    const hint = 'name a file in a folder that you may write, outside of the environments';
    throw invalid('not_written', `cannot write ${file} (${code})`, hint, error);
  }
}

function requireNewKey(file: string): void {
  requireNew(file, `${file} is there already, and a key is never overwritten`);
}
