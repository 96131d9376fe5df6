import { expect } from 'vitest';
import { Failure } from '../../../scripts/errors';
import type { RefreshOptions } from '../../../scripts/refresh/due';
import type { RefreshEffects } from '../../../scripts/refresh/effects';
import type { Answer } from '../../../scripts/refresh/token-answer';
import { refreshGrant } from '../../../scripts/refresh/transaction';
import { rowsOf, webApp, type Rows } from '../../support/environments';
import { answer } from './fake-xero';
import { diskWith, memoryStored, type Disk, type MemoryOptions, type Step } from './memory-store';

export const now = new Date('2026-11-22T10:00:00.000Z');
export const after = (ms: number): string => new Date(now.getTime() + ms).toISOString();
export const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000];

export const connected: Rows = {
  ...webApp,
  access_token: 'access-1',
  refresh_token: 'refresh-1',
  access_token_expires_at: after(-minute),
  refresh_token_expires_at: after(59 * day),
  generation: '1',
  refresh_started_at: '',
  grant_status: 'connected',
};
export const refreshed: Rows = {
  ...connected,
  access_token: 'access-2',
  refresh_token: 'refresh-2',
  access_token_expires_at: after(30 * minute),
  refresh_token_expires_at: after(60 * day),
  generation: '2',
};
export const custom: Rows = {
  ...connected,
  app_type: 'custom_connection',
  refresh_token: '',
  refresh_token_expires_at: '',
};

export const set = { access_token: 'access-2', refresh_token: 'refresh-2', expires_in: 1800, token_type: 'Bearer' };
export const granted = answer(200, set);
export const dead = answer(400, { error: 'invalid_grant' });
export const lost: Answer = { kind: 'lost', code: 'ECONNRESET', sent: true };
export const unsent: Answer = { kind: 'lost', code: 'ECONNREFUSED', sent: false };
export const busy = answer(503, '');

export const usual: RefreshOptions = {
  profile: { kind: 'min_validity', ms: 15 * minute },
  isForced: false,
  patienceMs: 0,
  waitMs: 0,
};

export interface World {
  readonly disk: Disk;
  readonly asked: string[];
  readonly slept: number[];
  readonly steps: string[];
  readonly options: MemoryOptions;
  readonly effects: RefreshEffects;
}

/** A clock that only sleep moves, and a server that gives these answers, the last one for ever. */
export function world(
  rows: Rows,
  answers: readonly Answer[],
  more: Partial<RefreshEffects> = {},
  whileAsked?: (disk: Disk) => void,
): World {
  const disk = diskWith(rows);
  const [asked, slept, steps]: [string[], number[], string[]] = [[], [], []];
  let clock = now.getTime();
  const step: Step = (effect, work) => (steps.push(effect), work());
  const effects: RefreshEffects = {
    env: {},
    remember: async () => undefined,
    now: () => new Date(clock),
    monotonicMs: () => clock,
    sleep: (ms) => {
      clock += ms;
      slept.push(ms);
      return Promise.resolve();
    },
    random: () => 1,
    isStopping: () => false,
    uninterrupted: (work) => work(),
    ask: async (settings, request, onAnswer) => {
      const reply = answers[Math.min(asked.length, answers.length - 1)];
      asked.push(`${request}: ${settings.value('refresh_token')}`);
      steps.push('ask');
      await Promise.resolve();
      whileAsked?.(disk);
      if (reply) onAnswer(reply);
      steps.push('scripts');
    },
    ...more,
  };
  return { disk, asked, slept, steps, options: { step }, effects };
}

export async function outcomeOf(given: World, options: Partial<RefreshOptions> = {}): Promise<string> {
  try {
    const stored = memoryStored(given.disk, given.options);
    const { outcome, environment } = await refreshGrant(stored, { ...usual, ...options }, given.effects);
    expect(rowsOf(environment)).toEqual(given.disk.rows);
    return outcome;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return `${error.kind} ${error.code}`;
  } finally {
    expect(given.disk.isLocked).toBe(false);
  }
}

export const marked = { refresh_started_at: now.toISOString() };
export const markedAgo = (ms: number): Rows => ({ refresh_started_at: after(-ms) });
export const known = { grant_status: 'consent_needed' };
