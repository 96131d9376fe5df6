import { Failure, systemCode } from '../../../errors';
import type { Preallocation } from '../../disk/atomic-write';
import { editEnvironment } from '../../edit';
import type { Changes } from '../../environment';
import { sealedChanges } from '../../sealed';
import { pendingOf } from '../aside';
import { readConnection } from '../connections';
import type { Database } from '../database';
import { putConnection, writeDocument } from '../documents';
import type { LeaseTimes } from '../lease';
import { parted } from '../parts';
import { sealsOf } from '../sealed/seals';
import { saveTokenSet } from '../token-sets';
import type { KeptReceipt, Receipts } from './receipts';

const [shortestPauseMs, longestPauseMs] = [50, 1000];

/** An answer to be saved, and the file of its receipt; '' when it has none. */
type Answer = Pick<KeptReceipt, 'file' | 'name' | 'made' | 'spent' | 'changes'>;

interface AnswersPlace {
  readonly database: Database;
  readonly receipts: Receipts;
  readonly times: LeaseTimes;
}

/** The answers for a leased environment on their way: to this machine's disk at once, and then into the database. */
export class Answers {
  private room: Preallocation | undefined;
  /** Those that are on this machine's disk and not yet in the database. */
  private unsettled: Answer[] = [];

  constructor(
    private readonly place: AnswersPlace,
    private readonly name: string,
  ) {}

  /** Makes room for one on this machine's disk, before its token is spent. @throws Failure, system errors */
  reserve(): void {
    this.room ??= this.place.receipts.reserve();
  }

  /** Gives the room back that no answer needs. */
  cancel(): void {
    this.room?.cancel();
  }

  /** Keeps one on this machine's disk. Its name is the environment's, or that of what waits beside it. */
  keep(answer: Omit<Answer, 'file'>): void {
    this.unsettled.push({ ...answer, file: this.receiptIn(answer) });
  }

  /** '' when this disk does not take it, though it had the room when it was asked: the database may still. */
  private receiptIn(answer: Omit<Answer, 'file'>): string {
    const reserved = this.room;
    this.room = undefined;
    try {
      return this.place.receipts.keep(reserved ?? this.place.receipts.reserve(), answer);
    } catch (error) {
      if (!(error instanceof Failure) && systemCode(error) === undefined) throw error;
      reserved?.cancel();
      return '';
    }
  }

  /**
   * Saves what was kept, for as long as it takes. Returns what {@link save} does for the last one.
   * @throws Failure `not_saved` when the database does not take it in time
   */
  async settle(): Promise<Changes | undefined> {
    const waiting = this.unsettled;
    this.unsettled = [];
    if (waiting.some(({ file }) => file !== '')) await this.settleReceipts();
    let last: Changes | undefined;
    for (const one of waiting) last = await this.settleOne(one);
    return last;
  }

  /** A disk that has failed meanwhile does not keep an answer from the database. */
  private async settleReceipts(): Promise<void> {
    try {
      await this.place.receipts.settle();
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
    }
  }

  private async settleOne(one: Answer): Promise<Changes | undefined> {
    const deadline = performance.now() + this.place.times.saveBudgetMs;
    for (let pauseMs = shortestPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      try {
        return await this.save(one);
      } catch (error) {
        if (performance.now() + pauseMs > deadline)
          throw notSaved(this.name, this.place.database.where, one.file, error);
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  /** Saves one in the database; again is harmless. Returns its tokens where they are all that the connection now has anew. */
  async save(answer: Answer): Promise<Changes | undefined> {
    const { database, receipts } = this.place;
    const { file, spent } = answer;
    const isBeside = isPending(answer.name) && !isPending(this.name); // the first may be of a name that it had before
    await sealsOf(database).load();
    const changes = receipts.opened(answer);
    const { tokens, others } = parted(changes);
    let isCurrent = false;
    if (isBeside) {
      await this.savePending(changes);
    } else {
      isCurrent = await saveTokenSet(database, { name: this.name, spent, changes: tokens });
      await writeDocument(database, this.name, others);
    }
    if (file !== '') receipts.confirm(file);
    const isAll = Object.keys(others).length === 0 && tokens.refresh_started_at === '';
    return isCurrent && isAll ? tokens : undefined;
  }

  private async savePending(changes: Changes): Promise<void> {
    const { database } = this.place;
    const name = pendingOf(this.name);
    const { environment } = await readConnection(database, this.name);
    const sealing = await sealsOf(database).load();
    const text = editEnvironment(environment.text, sealedChanges(environment, changes, sealing), name);
    await putConnection(database, name, text, { of: this.name, kind: 'pending' });
  }
}

function isPending(name: string): boolean {
  return name === pendingOf(name.replace(/#.*/, ''));
}

function notSaved(name: string, where: string, file: string, cause: unknown): Failure {
  const place = file === '' ? 'and nowhere else either' : `they are in ${file}`;
  return new Failure(
    'not_saved',
    'not_saved',
    `new tokens for ${name} could not be saved in ${where}; ${place}`,
    `when it answers again, on this machine: npx evergrant refresh ${name}`,
    { cause },
  );
}
