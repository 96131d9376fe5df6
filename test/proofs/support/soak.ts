import fs from 'node:fs';
import { makeWorkplace } from '../../support/program';
import { startSandboxProcess, type SandboxProcess, type Variants } from '../../support/sandbox';
import { diceFrom, type Dice } from './dice';
import { gateTo } from './gate';
import type { Findings } from './proof';
import { connect, setRows } from './sandbox-connection';
import { playDays, type Book, type World } from './soak-days';
import type { MovedClock, ProfileName } from './ticking';

/** Cron's ticks for some days on each profile, with faults at random; every tick starts from the files alone. */
export async function soak(days: Readonly<Record<ProfileName, number>>, seed: number): Promise<Findings> {
  const books: Book[] = [];
  for (const profile of ['min-validity', 'keep-alive'] as const) {
    const dice = diceFrom(seed + books.length);
    const world = await makeWorld(dice);
    try {
      books.push(await playDays(profile, days[profile], world, dice));
    } finally {
      await endWorld(world);
    }
  }
  return { figures: figuresOf(books), failures: books.flatMap(({ failures }) => failures) };
}

function figuresOf(books: readonly Book[]): Record<string, number | string> {
  const total = (figure: (book: Book) => number): number => books.reduce((sum, book) => sum + figure(book), 0);
  const names = [...new Set(books.flatMap(({ faults }) => [...faults.keys()]))].sort();
  const timesOf = (name: string): number => total(({ faults }) => faults.get(name) ?? 0);
  return {
    ticks: total(({ ticks }) => ticks),
    ...Object.fromEntries(books.map(({ profile, redemptions }) => [`redemptions, ${profile}`, redemptions])),
    'runs as a process': total(({ processes }) => processes),
    faults: names.reduce((sum, name) => sum + timesOf(name), 0),
    ...Object.fromEntries(names.map((name) => [`  ${name}`, timesOf(name)])),
    'longest outage, hours': (Math.max(...books.map(({ longestMs }) => longestMs)) / 3_600_000).toFixed(1),
    'redemptions not due': total(({ notDue }) => notDue),
    'grants lost': total(({ lost }) => lost),
  };
}

/** A connected environment at a sandbox that plays some reading of Xero, behind a gate, with a clock for both. */
export async function makeWorld(dice: Dice): Promise<World> {
  const sandbox = await startSandboxProcess({ variants: variantsFrom(dice) });
  const place = makeWorkplace();
  await connect(sandbox, place, 'acme');
  const gate = await gateTo(Number(new URL(sandbox.url).port));
  setRows(place.fileOf('acme'), { token_url: `http://127.0.0.1:${gate.port}/connect/token` });
  return { sandbox, place, gate, clock: clockOf(sandbox) };
}

/** Any reading of Xero, but that a retry that brings the same pair cannot also end it. */
function variantsFrom(dice: Dice): Partial<Variants> {
  const graceAnswer = dice.pick<Variants['graceAnswer']>(['new', 'same']);
  return {
    graceAnswer,
    twoChains: graceAnswer === 'same' ? 'both_live' : dice.pick<Variants['twoChains']>(['both_live', 'newest_only']),
    graceEndsOn: dice.pick<Variants['graceEndsOn']>(['time', 'successor_use']),
    reuseAfterGrace: dice.pick<Variants['reuseAfterGrace']>(['refuse', 'kill_family']),
    oldAccessTokenDiesAtRefresh: dice.pick<Variants['oldAccessTokenDiesAtRefresh']>(['no', 'yes']),
    refreshIdToken: dice.pick<Variants['refreshIdToken']>(['no', 'yes']),
    expiresInType: dice.pick<Variants['expiresInType']>(['number', 'string']),
  };
}

export async function endWorld({ gate, sandbox, place }: World): Promise<void> {
  await gate.close();
  await sandbox.stop();
  fs.rmSync(place.folder, { recursive: true });
}

function clockOf(sandbox: SandboxProcess): MovedClock {
  let offsetMs = 0;
  return {
    get offsetMs() {
      return offsetMs;
    },
    now: () => new Date(Date.now() + offsetMs),
    advance: async (ms) => {
      const whole = Math.max(0, Math.ceil(ms));
      offsetMs += whole;
      await sandbox.clock(`${whole}ms`);
    },
  };
}
