import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** A folder's content by place: what a file system holds at one moment. */
export type Tree = ReadonlyMap<string, Leaf>;

interface Leaf {
  readonly mode: number;
  /** Undefined for a folder. */
  readonly content: Buffer | undefined;
}

export function readTree(root: string): Tree {
  const found = fs.readdirSync(root, { recursive: true, withFileTypes: true });
  return new Map(
    found.map((entry): [string, Leaf] => {
      const place = path.join(entry.parentPath, entry.name);
      const content = entry.isFile() ? fs.readFileSync(place) : undefined;
      return [place, { mode: fs.statSync(place).mode & 0o777, content }];
    }),
  );
}

/** Makes a folder hold this and nothing else. */
export function writeTree(root: string, tree: Tree): void {
  for (const found of fs.readdirSync(root)) fs.rmSync(path.join(root, found), { recursive: true });
  for (const [place, { mode, content }] of [...tree].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (content === undefined) fs.mkdirSync(place, { mode });
    else fs.writeFileSync(place, content, { mode });
  }
}

/** Equal for equal trees. */
export function fingerprintOf(tree: Tree): string {
  const hash = createHash('sha1');
  for (const [place, { mode, content }] of [...tree].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${place}\0${mode}\0${content === undefined ? 'folder' : digestOf(content)}\0`);
  }
  return hash.digest('hex');
}

/** Trees share their contents, which never change. */
const digests = new WeakMap<Buffer, string>();

function digestOf(content: Buffer): string {
  const digest = digests.get(content) ?? createHash('sha1').update(content).digest('hex');
  digests.set(content, digest);
  return digest;
}
