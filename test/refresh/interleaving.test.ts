import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../scripts/errors';
import type { RefreshOptions } from '../../scripts/refresh/due';
import type { RefreshEffects } from '../../scripts/refresh/effects';
import type { Answer } from '../../scripts/refresh/token-answer';
import { refreshGrant } from '../../scripts/refresh/transaction';
import { gracePeriodMs } from '../../scripts/xero';
import { webApp } from '../support/environments';
import { answer, fakeXero, type FakeXero, type Variant } from './support/fake-xero';
import { diskWith, memoryStored, unlock, type Disk, type Step } from './support/memory-store';

const start = Date.parse('2026-11-22T10:00:00.000Z');
const minute = 60_000;

/** What becomes of one request. */
type Fate =
  'answered' | 'never sent' | 'lost on the way' | 'answer lost' | 'cut off' | '503' | '503 after all' | '429' | 'HTML';

interface Process {
  readonly isForced: boolean;
  readonly minValidityMs: number;
  readonly patienceMs: number;
  readonly waitMs: number;
  readonly fates: readonly Fate[];
  /** The effect at which the process is killed, before or after it takes place. */
  readonly death: { readonly at: number; readonly when: 'before' | 'after' } | null;
  /** Whether saving in place fails, so that a token set must wait elsewhere. */
  readonly isDiskFull: boolean;
}

const fate = fc.constantFrom<Fate>(
  'answered',
  'never sent',
  'lost on the way',
  'answer lost',
  'cut off',
  '503',
  '503 after all',
  '429',
  'HTML',
);
const process: fc.Arbitrary<Process> = fc.record({
  isForced: fc.boolean(),
  minValidityMs: fc.constantFrom(0, 15 * minute, 40 * minute),
  patienceMs: fc.constantFrom(0, minute, 60 * minute),
  waitMs: fc.constantFrom(0, minute),
  fates: fc.array(fate, { maxLength: 4 }),
  death: fc.option(fc.record({ at: fc.nat(24), when: fc.constantFrom('before', 'after') }), { freq: 2 }),
  isDiskFull: fc.constantFrom(false, false, false, true),
});
const clockSteps = fc.array(fc.integer({ min: 1, max: gracePeriodMs - 1 }), { maxLength: 6 });
const variants: readonly (readonly [Variant['successor'], Variant['graceEnds']])[] = [
  ['same', 'by time'],
  ['same', 'with its successor'],
  ['new', 'by time'],
  ['new', 'with its successor'],
];

interface World {
  readonly disk: Disk;
  readonly xero: FakeXero;
  readonly scheduler: fc.Scheduler;
  clock: number;
}

class Killed extends Error {}

describe('any interleaving of refreshes', () => {
  test.each(variants)(
    'ends with a token that Xero accepts: %s successor on a retry, grace ending %s',
    async (successor, graceEnds) => {
      const processes = fc.array(process, { minLength: 1, maxLength: 5 });
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), processes, clockSteps, async (scheduler, given, steps) => {
          const world = worldWith(scheduler, { successor, graceEnds });
          const runs = given.map((one) => run(world, one));
          const clock = steps.map((ms) =>
            scheduler.schedule(Promise.resolve(), 'clock').then(() => letPass(world, ms)),
          );
          await scheduler.waitFor(Promise.all([...runs, ...clock]));
          await scheduler.waitIdle();
          expectAlive(world);
          await cleanRun(world);
          expectAlive(world);
        }),
        { numRuns: 400 },
      );
    },
  );

  test('of processes that nothing befalls redeems once', async () => {
    const calm = {
      fates: [],
      death: null,
      isDiskFull: false,
      patienceMs: 0,
      waitMs: minute,
      minValidityMs: 15 * minute,
    };
    const count = fc.integer({ min: 2, max: 12 });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), count, async (scheduler, processes) => {
        const world = worldWith(scheduler, { successor: 'new', graceEnds: 'by time' });
        const runs = Array.from({ length: processes }, () => run(world, { ...calm, isForced: false }));
        const outcomes = await scheduler.waitFor(Promise.all(runs));
        expect(outcomes.filter((outcome) => outcome === 'refreshed')).toHaveLength(1);
        expect(
          outcomes.filter((outcome) => outcome !== 'refreshed' && outcome !== 'adopted' && outcome !== 'not_due'),
        ).toEqual([]);
        expect([world.xero.redemptions(), world.disk.rows['generation']]).toEqual([1, '2']);
      }),
    );
  });
});

function worldWith(scheduler: fc.Scheduler, variant: Variant): World {
  const world = {
    disk: diskWith({ ...webApp, refresh_token: 'refresh-1', access_token: 'access-1', generation: '1' }),
    scheduler,
    clock: start,
  };
  return Object.assign(world, { xero: fakeXero('refresh-1', variant, () => new Date(world.clock)) });
}

/** One process from its start to its end or death; what a run may end with is said, anything else is thrown. */
async function run(world: World, given: Process): Promise<string> {
  const { scheduler, disk } = world;
  await scheduler.schedule(Promise.resolve(), 'start');
  const [step, isDead] = life(given, disk);
  const stored = memoryStored(disk, { step, isFull: () => given.isDiskFull });
  const options: RefreshOptions = {
    profile: { kind: 'min_validity', ms: given.minValidityMs },
    isForced: given.isForced,
    patienceMs: given.patienceMs,
    waitMs: given.waitMs,
  };
  try {
    return (await refreshGrant(stored, options, effectsOf(world, given, step))).outcome;
  } catch (error) {
    if (isDead()) return 'killed';
    if (!(error instanceof Failure)) throw error;
    expect(['busy', 'temporary_failure', 'not_saved']).toContain(error.kind);
    return error.kind;
  }
}

/** Counts effects down to a process's death, after which it has none, and the kernel frees its lock. */
function life({ death }: Process, disk: Disk): [Step, () => boolean] {
  let [effects, isDead, holdsLock] = [0, false, false];
  const die = (): never => {
    if (holdsLock) unlock(disk);
    [isDead, holdsLock] = [true, false];
    throw new Killed();
  };
  const step: Step = (effect, work) => {
    if (isDead) throw new Killed();
    if (effect === 'lock') holdsLock = true;
    const isLast = death !== null && effects++ === death.at;
    if (isLast && death.when === 'before') die();
    const result = work();
    if (effect === 'release') holdsLock = false;
    if (isLast) die();
    return result;
  };
  return [step, () => isDead];
}

function effectsOf(world: World, { fates }: Process, step: Step): RefreshEffects {
  const { scheduler, xero } = world;
  let requests = 0;
  return {
    env: {},
    remember: async () => undefined,
    now: () => new Date(world.clock),
    monotonicMs: () => world.clock,
    random: () => 0.5,
    isStopping: () => false,
    uninterrupted: (work) => work(),
    sleep: async (ms) => {
      const wakesAt = world.clock + ms;
      await scheduler.schedule(Promise.resolve(), 'sleep');
      step('sleep', () => (world.clock = Math.max(world.clock, wakesAt)));
    },
    ask: async (settings, _request, onAnswer) => {
      const fate = fates[requests++] ?? 'answered';
      const token = settings.value('refresh_token');
      // Once sent, a request reaches Xero whatever becomes of the process.
      const reply = step('send', () =>
        scheduler.schedule(Promise.resolve(), 'request').then(() => replyTo(fate, token, xero)),
      );
      const received = await reply.then((one) => scheduler.schedule(Promise.resolve(one), 'answer'));
      step('receive', () => undefined);
      onAnswer(received);
      step('scripts', () => undefined);
    },
  };
}

function replyTo(fate: Fate, token: string, xero: FakeXero): Answer {
  if (fate === 'never sent') return { kind: 'lost', code: 'ECONNREFUSED', sent: false };
  if (fate === 'lost on the way') return { kind: 'lost', code: 'ECONNRESET', sent: true };
  if (fate === '503') return answer(503, '');
  if (fate === '429') return answer(429, '');
  if (fate === 'HTML') return answer(200, '<html>');
  const reply = xero.refresh(token);
  if (fate === 'answer lost') return { kind: 'lost', code: 'ETIMEDOUT', sent: true };
  if (fate === '503 after all') return answer(503, '');
  if (fate === 'cut off' && reply.kind === 'answer') return { ...reply, body: reply.body.slice(0, -9) };
  return reply;
}

/** Time passes, but never so much that a token already spent, its answer lost, would be past its grace. */
function letPass(world: World, ms: number): void {
  const spentAt = world.xero.usedAt(world.disk.rows['refresh_token'] ?? '');
  const leftMs = spentAt === undefined ? ms : spentAt.getTime() + gracePeriodMs - 1 - world.clock;
  world.clock += Math.max(0, Math.min(ms, leftMs));
}

function expectAlive({ disk, xero }: World): void {
  expect(disk.isLocked).toBe(false);
  expect(disk.rows['grant_status']).not.toBe('consent_needed');
  const newest = disk.recovery ?? disk.rows;
  expect(xero.accepts(newest['refresh_token'] ?? '')).toBe(true);
}

/** The next tick of cron, which nothing befalls. */
async function cleanRun(world: World): Promise<void> {
  const calm = { fates: [], death: null, isDiskFull: false, patienceMs: minute, waitMs: 0, minValidityMs: 0 };
  const outcome = await world.scheduler.waitFor(run(world, { ...calm, isForced: true }));
  expect(['refreshed', 'adopted']).toContain(outcome);
  expect([world.disk.rows['refresh_started_at'] ?? '', world.disk.recovery]).toEqual(['', undefined]);
}
