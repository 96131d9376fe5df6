import type * as DatabaseModule from '../../../scripts/environment/database/database';
import type * as StoreModule from '../../../scripts/environment/database/database-store';
import type { LeaseTimes } from '../../../scripts/environment/database/lease';
import type { EnvironmentStore } from '../../../scripts/environment/store';
import type * as ErrorsModule from '../../../scripts/errors';
import type { RefreshEffects } from '../../../scripts/refresh/effects';
import type * as RefreshModule from '../../../scripts/refresh/transaction';
import { built } from '../support/built';

// The built program: processes that are killed and started again must start quickly.
const { openDatabase } = built<typeof DatabaseModule>('environment/database/database');
const { databaseStore } = built<typeof StoreModule>('environment/database/database-store');
const { Failure } = built<typeof ErrorsModule>('errors');
const { refreshGrant } = built<typeof RefreshModule>('refresh/transaction');

/** A machine that refreshes: its own disk for receipts, the database that it shares. */
export interface Machine {
  readonly url: string;
  readonly stateFolder: string;
}

/** As the program's own, made short: a lease must end several times in a run. */
export const shortTimes: LeaseTimes = { leaseMs: 3_000, requestLimitMs: 500, saveBudgetMs: 1_500 };

export function storeOf(
  { url, stateFolder }: Machine,
  say: (line: string) => void = () => undefined,
): EnvironmentStore {
  return databaseStore(openDatabase(url, 'chaos', 4), stateFolder, shortTimes, say);
}

const options = {
  profile: { kind: 'min_validity', ms: 900_000 },
  isForced: true,
  patienceMs: 1_500,
  waitMs: 50,
} as const;

/** Refreshes one connection by the transaction; Newman is left out, because it is slow. Returns what came of it. */
export async function refreshOnce(store: EnvironmentStore, name: string): Promise<string> {
  try {
    return (await refreshGrant(store.environment(name), options, effects)).outcome;
  } catch (error) {
    if (error instanceof Failure) return error.kind;
    throw error;
  }
}

const effects: RefreshEffects = {
  env: {},
  remember: async () => undefined,
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 100))),
  random: Math.random,
  isStopping: () => false,
  uninterrupted: (work) => work(),
  ask: async (settings, _request, onAnswer) => {
    const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: settings.value('refresh_token') });
    let answer;
    try {
      const limit = AbortSignal.timeout(shortTimes.requestLimitMs);
      const response = await fetch(settings.value('token_url'), { method: 'POST', body, signal: limit });
      answer = { kind: 'answer', status: response.status, headers: {}, body: await response.text() } as const;
    } catch {
      answer = { kind: 'lost', code: 'ECONNRESET', sent: true } as const;
    }
    onAnswer(answer);
  },
};
