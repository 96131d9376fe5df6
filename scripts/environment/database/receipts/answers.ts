import { Failure, systemCode } from '../../../errors';
import type { Preallocation } from '../../disk/atomic-write';
import { editEnvironment } from '../../edit';
import type { Changes } from '../../environment';
import { sealedChanges } from '../../sealed';
import { pendingOf } from '../aside';
import { noConnection, readConnection } from '../connections';
import type { Database } from '../database';
import { putConnection, writeDocument } from '../documents';
import type { LeaseTimes } from '../lease';
import { parted } from '../parts';
import { sealsOf } from '../sealed/seals';
import { saveTokenSet } from '../token-sets';
import type { KeptReceipt, Receipts } from './receipts';
import { nameNow } from './waiting';

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
    const { file } = answer;
    const isBeside = isPending(answer.name) && !isPending(this.name); // the first may be of a name that it had before
    await sealsOf(database).load();
    const changes = receipts.opened(answer);
    const saved = isBeside ? await this.savePending(changes, answer) : await this.saveSet(this.name, changes, answer);
    if (file !== '') receipts.confirm(file);
    return saved;
  }

  /** Where the name is another connection's by now, it goes where its own one is. */
  private async saveSet(
    name: string,
    changes: Changes,
    answer: Pick<Answer, 'made' | 'spent'>,
  ): Promise<Changes | undefined> {
    const { database } = this.place;
    const { made, spent } = answer;
    const { tokens, others } = parted(changes);
    const isCurrent = await saveTokenSet(database, { name, made, spent, changes: tokens });
    if (isCurrent === undefined) return await this.saveSet(await this.nameNow(made), changes, answer);
    await writeDocument(database, name, others);
    const isAll = Object.keys(others).length === 0 && tokens.refresh_started_at === '';
    return isCurrent && isAll ? tokens : undefined;
  }

  private async savePending(changes: Changes, { made }: Answer): Promise<undefined> {
    const { database } = this.place;
    const own = await this.nameNow(made); // no other connection's, though its name may be
    const { environment } = await readConnection(database, own);
    const sealing = await sealsOf(database).load();
    const name = pendingOf(own);
    const text = editEnvironment(environment.text, sealedChanges(environment, changes, sealing), name);
    await putConnection(database, name, text, { of: own, kind: 'pending' });
  }

  /** @throws Failure `invalid` where the connection is not there any more */
  private async nameNow(made: string | undefined): Promise<string> {
    const { database } = this.place;
    const name = made === undefined ? this.name : await nameNow(database, this.name, made);
    if (name === undefined) throw noConnection(this.name, database.where);
    return name;
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
