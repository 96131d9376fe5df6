import path from 'node:path';
import { systemCode } from '../../../errors';
import type { Keys } from '../../../sealing/keys';
import type { KnownName, Sealing } from '../../../sealing/sealing';
import type { SealingOf } from '../../environment';
import { fileVersion } from '../file-version';
import { ending } from '../misnamed-files';
import { filesIn } from '../paths';
import { readTrusted } from '../trust';

/** The key ring of a folder of environments. */
export function ringFile(folder: string): string {
  return path.join(folder, '.evergrant', 'keys.json');
}

/** A run over many environments asks for each of them, several times. */
const believedMs = 5;

/** The sealing of a folder; its key ring is read again when the file has changed. */
export function sealingIn(folder: string, keys: Keys): SealingOf {
  const file = ringFile(folder);
  let known: { readonly version: string; readonly sealing: Sealing | undefined } = { version: '', sealing: undefined };
  let lookedAtMs = -Infinity;
  return () => {
    if (performance.now() - lookedAtMs < believedMs) return known.sealing;
    const version = versionOf(file);
    if (version !== known.version) known = { version, sealing: version === '' ? undefined : read(file, keys) };
    lookedAtMs = performance.now(); // not before: one that can't be read is refused each time
    return known.sealing;
  };
}

/** '' also where this user may not look: then no lock can be taken there either, and that says why. */
function versionOf(file: string): string {
  try {
    return fileVersion(file);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return '';
  }
}

/** The names of a folder's environments, and of those of which something is kept in it. */
function namesIn(folder: string): readonly KnownName[] {
  const stems = (files: readonly string[]): string[] =>
    files.flatMap((file) => (file.endsWith(ending) ? [file.slice(0, -ending.length)] : []));
  const there = new Set(stems(filesIn(folder)));
  const names = new Set([...there, ...stems(filesIn(path.join(folder, '.evergrant')))]);
  return [...names].map((name) => ({ name, isThere: there.has(name) }));
}

/** @throws Failure `invalid` when it can't be read, or others may have written it */
function read(file: string, keys: Keys): Sealing | undefined {
  const text = readTrusted(file);
  if (text === undefined) return undefined;
  const { Sealing: SealingClass } = require('../../../sealing/sealing') as typeof import('../../../sealing/sealing');
  const { ringIn } = require('../../../sealing/key-ring') as typeof import('../../../sealing/key-ring');
  return new SealingClass(ringIn(text, file), keys, () => namesIn(path.dirname(path.dirname(file))));
}
