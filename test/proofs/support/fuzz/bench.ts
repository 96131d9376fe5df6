import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type * as HomeModule from '../../../../scripts/environment/files/file-store';
import type * as ErrorsModule from '../../../../scripts/errors';
import type { Answer } from '../../../../scripts/refresh/token-answer';
import type * as RefreshModule from '../../../../scripts/refresh/transaction';
import { built } from '../built';
import { canary } from './environments';

/** What came of a call: its result, or the failure that it may end in. */
export type Ending<T> = { readonly result: T } | { readonly failure: ErrorsModule.Failure };

/** Calls what may throw a Failure, never a bug, and never one that shows a secret. @throws Error for anything else */
export async function endingOf<T>(call: () => T | Promise<T>): Promise<Ending<T>> {
  const { Failure } = built<typeof ErrorsModule>('errors');
  try {
    return { result: await call() };
  } catch (error) {
    if (!(error instanceof Failure)) throw new Error('it crashed', { cause: error });
    if (error.kind === 'bug') throw new Error('it calls itself a bug', { cause: error });
    if (`${error.message} ${error.hint}`.toUpperCase().includes(canary))
      throw new Error(`it tells a secret: ${error.message}`, { cause: error });
    return { failure: error };
  }
}

/** A refresh that was played: how it ended, what was answered, and the file before and after. */
export interface Played {
  readonly ending: Ending<string>;
  readonly answered: readonly Answer[];
  readonly before: Buffer;
  readonly after: Buffer;
  /** Files of the program's own that it should have taken away. */
  readonly leftovers: readonly string[];
}

export interface Bench {
  /** Puts the bytes where the environment is, and refreshes it against a server that gives these answers, then none. */
  play(bytes: Buffer, answers: readonly Answer[]): Promise<Played>;
  remove(): void;
}

export const startAt = new Date('2026-11-22T10:00:00.000Z');
const none: Answer = { kind: 'lost', code: 'ECONNREFUSED', sent: false };

/** The whole refresh of the built program on a real file, with everything but the server and the clock. */
export function makeBench(): Bench {
  const { environmentInFile } = built<typeof HomeModule>('environment/files/file-store');
  const { refreshGrant } = built<typeof RefreshModule>('refresh/transaction');
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'evergrant-fuzz-'));
  const file = path.join(folder, 'acme.postman_environment.json');
  const options = {
    profile: { kind: 'min_validity', ms: 900_000 },
    isForced: false,
    patienceMs: 20_000,
    waitMs: 0,
  } as const;
  const play: Bench['play'] = async (before, answers) => {
    for (const left of fs.readdirSync(folder)) fs.rmSync(path.join(folder, left), { recursive: true });
    fs.writeFileSync(file, before, { mode: 0o600 });
    let now = startAt.getTime();
    const answered: Answer[] = [];
    const ending = await endingOf(async () => {
      const { outcome } = await refreshGrant(environmentInFile('acme', file, path.join(folder, 'state')), options, {
        env: {},
        remember: async () => undefined,
        now: () => new Date(now),
        monotonicMs: () => now,
        sleep: async (ms) => void (now += ms),
        random: () => 0.5,
        isStopping: () => false,
        uninterrupted: (work) => work(),
        ask: async (_settings, _request, onAnswer) => {
          const answer = answers[answered.length] ?? none;
          answered.push(answer);
          onAnswer(answer);
        },
      });
      return outcome;
    });
    const leftovers = fs.readdirSync(folder).filter((found) => found !== path.basename(file) && found !== '.evergrant');
    return { ending, answered, before, after: fs.readFileSync(file), leftovers };
  };
  return { play, remove: () => fs.rmSync(folder, { recursive: true }) };
}
