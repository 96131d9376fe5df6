import path from 'node:path';
import { Failure } from '../../../errors';
import { isSealed } from '../../../sealing/envelope';
import { writeDurably } from '../../disk/atomic-write';
import { bindingOfText, type Environment, type SealingOf } from '../../environment';
import { parseEnvironment } from '../../parse';
import { isAnySealed, isSealedForItself, textResealed, unlessLost } from '../../sealed';
import { filesIn, temporaryIn, type Paths } from '../paths';
import { readTrusted } from '../trust';

/** What is resealed: the texts of one environment, which has, or had, this name. */
export interface Resealed {
  readonly name: string;
  /** The name that its values are sealed for now, if that is another. */
  readonly was?: string | undefined;
  readonly sealing: SealingOf;
}

/**
 * Puts every text that is kept for an environment in the form that the store wants, its own file first. One text at a time is
 * replaced, durably; what is cut off is finished by the same call. Returns how many have changed.
 * @throws Failure `invalid` when its own file can't be opened
 */
export function resealTexts(paths: Paths, of: Resealed): number {
  const beside = filesIn(paths.folder).filter((one) =>
    /^(pending|generation-\d+|refused-.*|corrupt-.*)\.json$/.test(one),
  );
  const answers = filesIn(paths.folder).filter((one) => /^answer-.*\.txt$/.test(one));
  const changed = [
    resealText(paths.file, paths, of),
    ...beside.map((one) => unlessLost(() => resealText(path.join(paths.folder, one), paths, of))),
    ...answers.map((one) => unlessLost(() => resealWhole(path.join(paths.folder, one), paths, of))),
  ];
  return changed.filter(Boolean).length;
}

function resealText(file: string, paths: Paths, of: Resealed): boolean {
  const text = readTrusted(file);
  if (text === undefined) return false;
  const sealing = of.sealing();
  const own = environmentIn(text, of.name, file, of.sealing);
  if (own === undefined) return resealWhole(file, paths, of);
  const resealed = textResealed(own, of.was, sealing, file);
  if (resealed !== undefined) put(file, resealed, paths);
  return resealed !== undefined;
}

/** Whether a file has sealed values, and those are of an environment of this name. */
export function isSealedFor(name: string, file: string, sealing: SealingOf): boolean {
  const found = environmentIn(readTrusted(file) ?? '', name, file, sealing);
  return found !== undefined && isAnySealed(found) && isSealedForItself(found, file);
}

/** A text that is no environment is sealed as a whole, or opened. */
function resealWhole(file: string, paths: Paths, { name, was, sealing: sealingOf }: Resealed): boolean {
  const text = readTrusted(file);
  const sealing = sealingOf();
  if (text === undefined || sealing === undefined) return false;
  const isWanted = sealing.seals(name);
  const isThere = isSealed(text);
  if (isWanted ? sealing.isCurrent(text) && sealing.tryOpen(bindingOfText(name), text) !== undefined : !isThere)
    return false;
  const open = isThere
    ? (sealing.tryOpen(bindingOfText(name), text) ?? sealing.open(bindingOfText(was ?? name), text))
    : text;
  put(file, isWanted ? sealing.seal(bindingOfText(name), open) : open, paths);
  return true;
}

function environmentIn(text: string, name: string, file: string, sealing: SealingOf): Environment | undefined {
  try {
    return parseEnvironment(text, name, file, sealing);
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

function put(file: string, text: string, { folder }: Paths): void {
  writeDurably(file, text, temporaryIn(folder, 'tmp'));
}
