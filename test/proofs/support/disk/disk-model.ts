import path from 'node:path';
import type { Change } from '../stepped-program';
import type { Tree } from './disk-tree';

/** What may become of the bytes that were written to a file and not synced when the power goes. */
const damages = ['done', 'lost', 'torn', 'zeroed', 'unwritten', 'untruncated'] as const;
type Damage = (typeof damages)[number];

type ContentChange = Extract<Change, { op: 'write' | 'truncate' }>;

interface Inode {
  readonly isFolder: boolean;
  mode: number;
  synced: Buffer;
  pending: ContentChange[];
}

/** A name that came, went or moved; on the disk for sure only when its folder has been synced. */
type EntryChange =
  | { readonly op: 'link'; readonly place: string; readonly inode: Inode }
  | { readonly op: 'unlink'; readonly place: string }
  | { readonly op: 'move'; readonly from: string; readonly place: string; readonly inode: Inode };

/**
 * A file system that promises what POSIX does and no more: a file's bytes are on the disk after its fsync, a folder's
 * names after the folder's. Until then each of them may be there or not, in any order.
 */
export class DiskModel {
  private readonly root: string;
  private readonly entries = new Map<string, Inode>();
  private readonly synced = new Map<string, Inode>();
  private readonly open = new Map<number, Inode>();
  private pending: EntryChange[] = [];
  /** For each fsync under way, by its descriptor, what was not on the disk when it began: it promises no more. */
  private readonly syncing = new Map<number, ReadonlySet<ContentChange | EntryChange>>();

  constructor(root: string, tree: Tree) {
    this.root = root;
    for (const [place, { mode, content }] of tree) {
      const inode = { isFolder: content === undefined, mode, synced: content ?? Buffer.alloc(0), pending: [] };
      this.entries.set(place, inode);
      this.synced.set(place, inode);
    }
  }

  apply(change: Change): void {
    switch (change.op) {
      case 'open':
        return this.openFile(change);
      case 'write':
      case 'truncate':
        return void this.inodeOf(change.fd).pending.push(change);
      case 'chmod':
        this.inodeOf(change.fd).mode = change.mode;
        return;
      case 'syncing':
        return void this.syncing.set(change.fd, this.unsynced());
      case 'sync':
        this.sync(this.inodeOf(change.fd), this.syncing.get(change.fd) ?? this.unsynced());
        return void this.syncing.delete(change.fd);
      case 'close':
        return void this.open.delete(change.fd);
      case 'rename':
        return this.enter({ op: 'move', from: change.from, place: change.to, inode: this.inodeAt(change.from) });
      case 'unlink':
        return this.enter({ op: 'unlink', place: change.place });
      case 'mkdir':
        return this.enter({ op: 'link', place: change.place, inode: newInode(0o700, 'folder') });
      case 'unmodelled':
        throw new Error('the program changed the disk in a way that this model does not know');
    }
  }

  /** What is there while the power is on. */
  live(): Tree {
    return this.treeOf(this.entries, (inode) => contentOf(inode, 'done'));
  }

  /** All that may be there when the power goes now. */
  *afterPowerCut(): Generator<Tree> {
    const contentOf = remembering(); // the states share their files: with one each they would take gigabytes
    for (const happened of subsets(this.pending)) {
      const entries = new Map(this.synced);
      for (const change of happened) enterInto(entries, change);
      const dirty = [...new Set(entries.values())].filter(({ pending }) => pending.length > 0);
      for (const damageOf of damagesTo(dirty)) yield this.treeOf(entries, (inode) => contentOf(inode, damageOf(inode)));
    }
  }

  private openFile({ place, fd, creates, truncates, mode }: Extract<Change, { op: 'open' }>): void {
    if (creates) this.enter({ op: 'link', place, inode: newInode(mode, 'file') });
    const inode = this.inodeAt(place);
    if (truncates && !creates) inode.pending.push({ op: 'truncate', fd, length: 0 });
    this.open.set(fd, inode);
  }

  private enter(change: EntryChange): void {
    enterInto(this.entries, change);
    this.pending.push(change);
  }

  private unsynced(): ReadonlySet<ContentChange | EntryChange> {
    return new Set([...this.pending, ...[...this.open.values()].flatMap(({ pending }) => pending)]);
  }

  private sync(inode: Inode, promised: ReadonlySet<ContentChange | EntryChange>): void {
    if (!inode.isFolder) {
      const [synced, left] = parted(inode.pending, promised);
      inode.synced = contentOf({ ...inode, pending: synced }, 'done');
      inode.pending = left;
      return;
    }
    const folder = [...this.entries].find(([, found]) => found === inode)?.[0] ?? this.root;
    const [synced, left] = parted(this.pending, promised, ({ place }) => path.dirname(place) === folder);
    for (const change of synced) enterInto(this.synced, change);
    this.pending = left;
  }

  private inodeOf(fd: number): Inode {
    const inode = this.open.get(fd);
    if (inode === undefined) throw new Error(`descriptor ${fd} was never opened`);
    return inode;
  }

  private inodeAt(place: string): Inode {
    const inode = this.entries.get(place);
    if (inode === undefined) throw new Error(`${place} is not there`);
    return inode;
  }

  /** A file in a folder that isn't there can't be reached. */
  private treeOf(entries: ReadonlyMap<string, Inode>, contentIn: (inode: Inode) => Buffer): Tree {
    const isReachable = (place: string): boolean => {
      const parent = path.dirname(place);
      return parent === this.root || (entries.has(parent) && isReachable(parent));
    };
    const reachable = [...entries].filter(([place]) => isReachable(place)).sort(([a], [b]) => (a < b ? -1 : 1));
    return new Map(
      reachable.map(([place, inode]) => {
        const content = inode.isFolder ? undefined : contentIn(inode);
        return [place, { mode: inode.mode, content }];
      }),
    );
  }
}

/** The changes that a sync promises, and the others. */
function parted<T extends ContentChange | EntryChange>(
  changes: readonly T[],
  promised: ReadonlySet<ContentChange | EntryChange>,
  isMeant: (change: T) => boolean = () => true,
): [T[], T[]] {
  const isSynced = (change: T): boolean => promised.has(change) && isMeant(change);
  return [changes.filter(isSynced), changes.filter((change) => !isSynced(change))];
}

function newInode(mode: number, kind: 'file' | 'folder'): Inode {
  return { isFolder: kind === 'folder', mode, synced: Buffer.alloc(0), pending: [] };
}

function enterInto(entries: Map<string, Inode>, change: EntryChange): void {
  if (change.op === 'unlink') entries.delete(change.place);
  else entries.set(change.place, change.inode);
  if (change.op === 'move') entries.delete(change.from);
}

/** As {@link contentOf}, which makes each content once; for as long as no inode changes. */
function remembering(): typeof contentOf {
  const made = new Map<Inode, Map<Damage, Buffer>>();
  return (inode, damage) => {
    const known = made.get(inode) ?? new Map<Damage, Buffer>();
    const content = known.get(damage) ?? contentOf(inode, damage);
    made.set(inode, known.set(damage, content));
    return content;
  };
}

function contentOf({ synced, pending }: Inode, damage: Damage): Buffer {
  return damage === 'lost' ? synced : pending.reduce((content, change) => changed(content, change, damage), synced);
}

function changed(content: Buffer, change: ContentChange, damage: Damage): Buffer {
  if (change.op === 'truncate') {
    return damage === 'untruncated' ? content : resized(content, change.length);
  }
  if (damage === 'unwritten') return content;
  const bytes = Buffer.from(change.content, 'base64');
  const written = damage === 'zeroed' ? Buffer.alloc(bytes.length) : damage === 'torn' ? firstHalf(bytes) : bytes;
  const result = resized(content, Math.max(content.length, change.position + written.length));
  written.copy(result, change.position);
  return result;
}

function firstHalf(bytes: Buffer): Buffer {
  return bytes.subarray(0, Math.floor(bytes.length / 2));
}

function resized(content: Buffer, length: number): Buffer {
  return Buffer.concat([content, Buffer.alloc(Math.max(0, length - content.length))], length);
}

const fewEnough = 8;

/** Which changes may have happened: any of few; of many, all, none, all but one, just one, and those before each. */
function subsets<T>(changes: readonly T[]): T[][] {
  if (changes.length <= fewEnough) {
    return changes.reduce<T[][]>((all, change) => all.flatMap((some) => [some, [...some, change]]), [[]]);
  }
  const each = changes.flatMap((change, index) => [
    [change],
    changes.slice(0, index),
    changes.filter((other) => other !== change),
  ]);
  return [[...changes], ...each];
}

/** The same damage to all files, or one kind of it to one. */
function damagesTo(dirty: readonly Inode[]): ((inode: Inode) => Damage)[] {
  const same = damages.map((damage) => () => damage);
  const single = dirty.flatMap((one) =>
    damages.map(
      (damage) =>
        (inode: Inode): Damage =>
          inode === one ? damage : 'done',
    ),
  );
  return dirty.length === 0 ? [() => 'done'] : [...same, ...(dirty.length > 1 ? single : [])];
}
