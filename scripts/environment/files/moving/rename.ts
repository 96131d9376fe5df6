import fs from 'node:fs';
import path from 'node:path';
import { modify, applyEdits } from 'jsonc-parser';
import { invalid, type Failure } from '../../../errors';
import { shellQuoted } from '../../../text/shell';
import { syncFolder } from '../../disk/folder-sync';
import { writeDurably } from '../../disk/atomic-write';
import type { SealingOf } from '../../environment';
import type { LockedEnvironment } from '../../store';
import { writeAttempt } from '../attempts/attempt-log';
import { checkName, environmentFile, readEnvironmentText } from '../files';
import { readLockNote, takeLock, type Lock } from '../lock';
import { filesIn, isLinkAt, pathsOf, prepareFolder, temporaryIn, type Paths } from '../paths';
import { attemptsAt } from '../attempts/read-attempts';
import { whenWritable } from '../save-failures';
import type { Place } from './place';
import { noteIn, renamedFrom, renamedTo } from './former-name';

/**
 * Gives an environment another name, with all that is kept for it, under the locks of both names. In order: notes of what is
 * meant, the name inside the file, the file itself, then what is beside it, one by one. Until the file has its new name the
 * environment is the old one, and from then on the new one: whenever this is cut off, one of the two has the tokens. The
 * same command then finishes it. The folder of the old name stays, with the lock (which others may wait for) and a note
 * of the new name (which links need that were made before).
 * @throws Failure `invalid`, having changed nothing
 */
export async function renameFile({ name, file, stateFolder, sealing, lock }: Place, to: string): Promise<void> {
  checkName(to);
  const folder = path.dirname(file);
  const target = environmentFile(folder, to);
  if (to === name) throw invalid('same_name', `${name} has that name already`, 'name another one');
  if (isLinkAt(file)) throw isLink(file, target);
  const [old, young] = [pathsOf(file, stateFolder), pathsOf(target, stateFolder)];
  const isMoved = !fs.existsSync(file) && fs.existsSync(target);
  const isBegun = isMoved && (noteIn(old.folder, renamedTo) === to || isSealedAs(name, target, sealing));
  if (!isBegun) readEnvironmentText(file, name);
  else prepareFolder(old);
  const locked = await lock();
  try {
    if (!isBegun) await refuseUnready(locked, name, to, old, young);
    sealing()?.prove(name);
    prepareFolder(young);
    const claim = await takeLock(young.lock, to, 0);
    try {
      if (!isBegun) await whenWritable(file, () => moveFile(name, to, old, young));
      await syncFolder(folder);
      await whenWritable(target, () => finish(name, to, old, young, claim));
      if (sealing() !== undefined) resealAs(to, name, sealing, young);
      await syncFolder(young.folder);
    } finally {
      claim.release();
    }
  } finally {
    await locked.release();
  }
}

async function refuseUnready(
  locked: LockedEnvironment,
  name: string,
  to: string,
  old: Paths,
  young: Paths,
): Promise<void> {
  await locked.pickUpRecovery();
  if (old.hasRecovery()) throw waiting(name);
  const before = noteIn(old.folder, renamedFrom);
  if (before !== undefined && fs.existsSync(old.file)) throw unfinished(before, name);
  // An empty file is the place that a rename that was cut off had taken.
  if ((fs.lstatSync(young.file, { throwIfNoEntry: false })?.size ?? 0) > 0) throw isThere(to, young.file);
  const notes = ['lock', renamedTo, renamedFrom];
  if (young.hasRecovery() || filesIn(young.folder).some((one) => !notes.includes(one))) throw keptOfAnother(to);
}

function moveFile(name: string, to: string, old: Paths, young: Paths): void {
  const put = (place: string, text: string): void => writeDurably(place, text, temporaryIn(old.folder, 'tmp'));
  put(path.join(young.folder, renamedFrom), `${name}\n`);
  put(path.join(old.folder, renamedTo), `${to}\n`);
  const text = readEnvironmentText(old.file, name);
  const renamed = withInnerName(text, name, to);
  if (renamed !== text) put(old.file, renamed);
  if (!fs.existsSync(young.file)) fs.closeSync(fs.openSync(young.file, 'wx', 0o600)); // nobody can take it from here on
  fs.renameSync(old.file, young.file);
}

/** The text with the name inside it changed, if it was that of the file; a name that a person gave in Postman stays. */
function withInnerName(text: string, name: string, to: string): string {
  const [mark, body] = text.startsWith('\uFEFF') ? ['\uFEFF', text.slice(1)] : ['', text];
  const { name: inner } = JSON.parse(body) as { name?: unknown }; // it was read as an environment
  return inner === name ? mark + applyEdits(body, modify(body, ['name'], to, {})) : text;
}

/** Moves what is kept beside the file. Each step may have been done already. */
function finish(name: string, to: string, old: Paths, young: Paths, claim: Lock): void {
  for (const one of filesIn(old.folder)) {
    if (['lock', renamedTo, renamedFrom].includes(one) || /\.(tmp|next)$/.test(one)) continue;
    const [from, place] = [path.join(old.folder, one), path.join(young.folder, one)];
    if (!fs.existsSync(place)) fs.renameSync(from, place);
    else if (one.startsWith('generation-')) fs.rmSync(from); // a copy of the same token set
  }
  const { usedCodes, postponedUntil } = readLockNote(old.lock);
  const codes = [...new Set([...usedCodes, ...claim.note.usedCodes])];
  claim.annotate({ usedCodes: codes, postponedUntil: claim.note.postponedUntil ?? postponedUntil });
  recordOnce(name, to, path.dirname(young.file));
  for (const note of [renamedTo, renamedFrom]) fs.rmSync(path.join(young.folder, note), { force: true });
}

/** Whether somebody has moved the file to its new name: what is sealed in it is still of the old one. */
function isSealedAs(name: string, target: string, sealing: SealingOf): boolean {
  const { isSealedFor } = require('../sealed/reseal') as typeof import('../sealed/reseal');
  return isSealedFor(name, target, sealing);
}

/** Values are sealed for a name: those of the old one are opened, and sealed for the new one. */
function resealAs(name: string, was: string, sealing: SealingOf, paths: Paths): void {
  const { resealTexts } = require('../sealed/reseal') as typeof import('../sealed/reseal');
  resealTexts(paths, { name, was, sealing });
}

function recordOnce(name: string, to: string, folder: string): void {
  const namedAt = attemptsAt(name, folder).findLast(({ was }) => was !== undefined)?.at ?? new Date(0);
  if (attemptsAt(to, folder).some(({ was, at }) => was === name && at > namedAt)) return;
  const nothing = { generation: null, before: null, after: null, status: null, correlation: null, error: null };
  const attempt = {
    at: new Date(),
    environment: to,
    outcome: 'renamed',
    durationMs: 0,
    tries: 0,
    moved: null,
  } as const;
  writeAttempt(folder, { ...attempt, ...nothing, was: name });
}

function isLink(file: string, target: string): Failure {
  const move = `mv ${shellQuoted(file)} ${shellQuoted(target)}`;
  return invalid(
    'a_link',
    `${file} is a link, and what is kept belongs to the file behind it`,
    `rename the link: ${move}`,
  );
}

function isThere(name: string, file: string): Failure {
  return invalid(
    'exists',
    `${file} is there already, and rename never overwrites`,
    `see it: npx evergrant status ${name}`,
  );
}

function keptOfAnother(name: string): Failure {
  return invalid(
    'kept_of_another',
    `tokens of an earlier environment ${name} are kept`,
    `put them back: npx evergrant restore ${name}, or remove them: npx evergrant remove ${name} --yes`,
  );
}

function waiting(name: string): Failure {
  return invalid('recovery_waiting', `tokens of ${name} wait that could not be saved`, `npx evergrant refresh ${name}`);
}

function unfinished(before: string, name: string): Failure {
  return invalid(
    'unfinished_rename',
    `${name} was ${before}, and that rename was cut off`,
    `finish it first: npx evergrant rename ${before} ${name}`,
  );
}
