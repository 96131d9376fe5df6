/** One thing that keeps tokens from being lost, taken out of the store's sources; some test must notice. */
export interface StoreMutant {
  readonly id: string;
  /** What is no longer true, in words. */
  readonly breaks: string;
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly put: string;
}

const folder = 'scripts/environment/database';

export const storeMutants: readonly StoreMutant[] = [
  {
    id: 'generation',
    breaks: 'an answer replaces only the generation that it was given for',
    file: `${folder}/migrations/009-refresh.sql`,
    find: 'where name = own_name and generation = spent and spent < next',
    put: 'where name = own_name and (generation = spent or true) and spent < next',
  },
  {
    id: 'siblings',
    breaks: 'an answer that came too late is kept beside the other one',
    file: `${folder}/migrations/009-refresh.sql`,
    find: '  insert into evergrant.token_set',
    put: '  if not exists (select from evergrant.connection where name = own_name and generation = spent) then return false; end if;\n  insert into evergrant.token_set',
  },
  {
    id: 'again',
    breaks: 'the same answer may be saved again',
    file: `${folder}/migrations/009-refresh.sql`,
    find: '\n  on conflict do nothing',
    put: '',
  },
  {
    id: 'commit',
    breaks: 'what is acknowledged is on the server’s disk, whatever the role’s settings are',
    file: `${folder}/durability.ts`,
    find: "set_config('synchronous_commit', 'on', true)",
    put: "set_config('synchronous_commit', current_setting('synchronous_commit'), true)",
  },
  {
    id: 'commit-mark',
    breaks: 'a mark is on the server’s disk once it is acknowledged, whatever the role’s settings are',
    file: `${folder}/migrations/009-refresh.sql`,
    find: "  perform set_config('synchronous_commit', 'on', true);\n  update",
    put: '  update',
  },
  {
    id: 'commit-save',
    breaks: 'a token set is on the server’s disk once it is acknowledged, whatever the role’s settings are',
    file: `${folder}/migrations/009-refresh.sql`,
    find: "  perform set_config('synchronous_commit', 'on', true);\n  if",
    put: '  if',
  },
  {
    id: 'newest',
    breaks: 'of two answers for one token the one that was issued last counts',
    file: `${folder}/connections.ts`,
    find: 'order by generation desc, issued_at desc, arrived_at desc',
    put: 'order by generation desc, arrived_at desc',
  },
  {
    id: 'verdict-lease',
    breaks: 'a verdict needs the lease',
    file: `${folder}/leased.ts`,
    find: 'where name = $1 and lease_owner = $2 and lease_epoch = $3::bigint and generation = $4 returning 1 as is_done',
    put: 'where name = $1 and (lease_owner = $2 and lease_epoch = $3::bigint or true) and generation = $4 returning 1 as is_done',
  },
  {
    id: 'verdict-epoch',
    breaks: 'a verdict needs the lease of its own claim',
    file: `${folder}/leased.ts`,
    find: 'where name = $1 and lease_owner = $2 and lease_epoch = $3::bigint and generation = $4 returning 1 as is_done',
    put: 'where name = $1 and lease_owner = $2 and (lease_epoch = $3::bigint or true) and generation = $4 returning 1 as is_done',
  },
  {
    id: 'verdict-generation',
    breaks: 'a verdict is about the token that is held when it is written',
    file: `${folder}/leased.ts`,
    find: 'where name = $1 and lease_owner = $2 and lease_epoch = $3::bigint and generation = $4 returning 1 as is_done',
    put: 'where name = $1 and lease_owner = $2 and lease_epoch = $3::bigint and (generation = $4 or true) returning 1 as is_done',
  },
  {
    id: 'code-lease',
    breaks: 'a used code, and the end of a mark, need the lease of their own claim',
    file: `${folder}/leased.ts`,
    find: '${assignments} from durable\n      where name = $1 and lease_owner = $2 and lease_epoch = $3::bigint',
    put: '${assignments} from durable\n      where name = $1 and (lease_owner = $2 and lease_epoch = $3::bigint or true)',
  },
  {
    id: 'mark',
    breaks: 'the mark is committed before anything is sent',
    file: `${folder}/leased.ts`,
    find: '    await this.write(mark);\n',
    put: '    void this.write.name;\n    void mark;\n',
  },
  {
    id: 'mark-lease',
    breaks: 'a mark needs the lease of its own claim',
    file: `${folder}/migrations/009-refresh.sql`,
    find: 'where name = own_name and lease_owner = own_lease and lease_epoch = own_epoch;\n  return found;',
    put: 'where name = own_name;\n  return found;',
  },
  {
    id: 'mark-first',
    breaks: 'the grace period is counted from the first try',
    file: `${folder}/migrations/009-refresh.sql`,
    find: 'coalesce(spending_since, clock_timestamp())',
    put: 'clock_timestamp()',
  },
  {
    id: 'receipt',
    breaks: 'an answer is on this machine’s disk before the database is asked',
    file: `${folder}/receipts/answers.ts`,
    find: 'file: this.receiptIn(answer) ',
    put: "file: '' ",
  },
  {
    id: 'receipt-of',
    breaks: 'an answer comes to the connection that it is for, and to no other of its name',
    file: `${folder}/receipts/waiting.ts`,
    find: 'times.some((time) => time.toISOString() === made)',
    put: '!isFormer',
  },
  {
    id: 'answer-late',
    breaks: 'an answer that comes when its lease is over goes to no other connection of its name',
    file: `${folder}/token-sets.ts`,
    find: 'where $16::timestamptz is null or ',
    put: 'where true or $16::timestamptz is null or ',
  },
  {
    id: 'receipt-confirmed',
    breaks: 'a receipt is waiting until the database has saved it',
    file: `${folder}/receipts/answers.ts`,
    find: '    const changes = receipts.opened(answer);\n',
    put: "    const changes = receipts.opened(answer);\n    if (file !== '') receipts.confirm(file);\n",
  },
  {
    id: 'receipt-picked-up',
    breaks: 'the next holder saves what waits on this machine',
    file: `${folder}/leased.ts`,
    find: '    for (const receipt of waiting) await this.answers.save(receipt);\n',
    put: '',
  },
  {
    id: 'receipt-synced',
    breaks: 'a receipt outlives a power cut',
    file: 'scripts/environment/disk/atomic-write.ts',
    find: '      fill(target, text);\n      fs.fsyncSync(descriptor);\n',
    put: '      fill(target, text);\n',
  },
  {
    id: 'receipt-folder',
    breaks: 'a receipt’s name outlives a power cut',
    file: `${folder}/receipts/receipts.ts`,
    find: '    await syncFolder(this.folder);\n',
    put: '    void syncFolder.name;\n',
  },
  {
    id: 'lease',
    breaks: 'nobody claims what another holds',
    file: `${folder}/lease.ts`,
    find: '    where name = $1 and (lease_until is null or lease_until < now()) returning lease_epoch::text as epoch',
    put: '    where name = $1 returning lease_epoch::text as epoch',
  },
  {
    id: 'sending',
    breaks: 'nothing is sent that could outlive the lease',
    file: `${folder}/lease.ts`,
    find: 'return leaseMs - requestLimitMs - saveBudgetMs;',
    put: 'return leaseMs;',
  },
  {
    id: 'renewal',
    breaks: 'a lease that another has taken is not renewed',
    file: `${folder}/leased.ts`,
    find: "lease_until = now() + $4 * interval '1 millisecond'\n      where name = $1 and lease_owner = $2 and lease_epoch = $3::bigint",
    put: "lease_until = now() + $4 * interval '1 millisecond'\n      where name = $1 and (lease_owner = $2 and lease_epoch = $3::bigint or true)",
  },
  {
    id: 'wall-clock',
    breaks: 'a machine that was asleep does not believe in its lease',
    file: `${folder}/lease.ts`,
    find: 'Math.max(monotonicMs - since.monotonicMs, wallMs - since.wallMs)',
    put: 'monotonicMs - since.monotonicMs + 0 * (wallMs - since.wallMs)',
  },
  {
    id: 'monotonic-clock',
    breaks: 'a machine whose clock was put back does not believe in its lease',
    file: `${folder}/lease.ts`,
    find: 'Math.max(monotonicMs - since.monotonicMs, wallMs - since.wallMs)',
    put: 'wallMs - since.wallMs + 0 * (monotonicMs - since.monotonicMs)',
  },
];
