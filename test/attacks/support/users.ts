import fs from 'node:fs';
import path from 'node:path';

/** The user that has nothing of its own. */
export const nobody = 65_534;

/** Gives a folder, and all that is in it, to a user; links are given, not what they lead to. */
export function giveTo(uid: number, place: string): void {
  fs.lchownSync(place, uid, uid);
  if (!fs.lstatSync(place).isDirectory()) return;
  for (const found of fs.readdirSync(place)) giveTo(uid, path.join(place, found));
}
