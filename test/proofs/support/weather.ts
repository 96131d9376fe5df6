import type { Dice } from './dice';

const minuteMs = 60_000;

/** An order for the sandbox's control API. */
type Order = Readonly<Record<string, unknown>>;

/** One thing that goes wrong with a request. */
interface FaultKind {
  readonly name: string;
  order(dice: Dice, now: Date): Order;
}

const status = (name: string, codes: readonly [number, ...number[]], more: Order = {}): FaultKind => ({
  name,
  order: (dice) => ({ fault: 'status', status: dice.pick(codes), ...more }),
});
const fault = (name: string, more: Order = {}): FaultKind => ({
  name,
  order: () => ({ fault: name, ...more }),
});

/** With `lost_after`, `half_body`, `html_after`, `too_big` and `slow`, Xero uses the token up. */
const kindsOnceSpent: readonly [FaultKind, ...FaultKind[]] = [
  fault('lost_before'),
  fault('lost_after'),
  fault('half_body'),
  status('5xx', [500, 502, 503, 504]),
  status('408, 425, 429', [408, 425, 429]),
  status('invalid_grant in a 5xx', [500, 503], { body: { error: 'invalid_grant' } }),
  fault('html'),
  fault('html_after'),
  fault('too_big'),
  fault('slow', { delayMs: 1500 }),
  fault('redirect', { location: 'http://localhost:1/login' }),
];

/**
 * A set without a refresh token looks like any other: the next refresh comes when it is due, not sooner. After an answer
 * was lost that may be too late, and nothing on this side could tell.
 */
const kinds: readonly [FaultKind, ...FaultKind[]] = [...kindsOnceSpent, fault('no_refresh_token')];

const retryAfter: FaultKind = {
  name: 'Retry-After',
  order: (dice, now) => {
    const seconds = dice.pick([5, 30, 300, 1000, 3600]);
    const date = new Date(now.getTime() + seconds * 1000).toUTCString();
    return { fault: 'status', status: dice.pick([429, 503]), retryAfter: dice.pick<number | string>([seconds, date]) };
  },
};

/** What a tick meets. `kill`: at which of its own steps the process is killed. */
export interface Tick {
  readonly names: readonly string[];
  readonly faults: readonly Order[];
  readonly isRefusing: boolean;
  readonly kill: number | null;
}

const calm: Tick = { names: [], faults: [], isRefusing: false, kill: null };

export interface Weather {
  /**
   * What befalls a tick in which a refresh is due. `spentAt` is when the token in the file was used up without its
   * successor being saved: Xero forgives that for 30 minutes, so the weather has to clear up before the third tick.
   */
  tick(now: Date, spentAt: Date | undefined): Tick;
}

/** Nobody answers for a while, but no token is used up. */
interface Outage {
  readonly endsAt: number;
  readonly tick: Tick;
}

/** Faults at random: how likely it is for a due tick to meet some, and for an outage to begin. */
export function weatherFrom(dice: Dice, odds: { readonly badTicks: number; readonly outages: number }): Weather {
  let outage: Outage | undefined;
  return {
    tick: (now, spentAt) => {
      if (spentAt !== undefined && isLate(now, spentAt)) return calm;
      if (outage !== undefined && outage.endsAt <= now.getTime()) outage = undefined;
      if (spentAt === undefined && dice.isTrue(odds.outages)) outage ??= outageFrom(dice, now);
      if (spentAt === undefined && outage !== undefined) return outage.tick;
      return dice.isTrue(odds.badTicks) ? badTick(dice, now, spentAt === undefined ? kinds : kindsOnceSpent) : calm;
    },
  };
}

function isLate(now: Date, spentAt: Date): boolean {
  return now.getTime() - spentAt.getTime() > 12 * minuteMs;
}

/** The name of an outage in which nobody is there to connect to. */
export const refused = 'outage: refused';

/** Of some minutes to six hours, seldom of two days. */
function outageFrom(dice: Dice, now: Date): Outage {
  const longestMinutes = dice.isTrue(0.1) ? 48 * 60 : 6 * 60;
  const endsAt = now.getTime() + 5 * minuteMs * (longestMinutes / 5) ** dice.roll();
  const kind = dice.pick([undefined, fault('html'), fault('lost_before'), status('503', [503]), retryAfter]);
  const faults = kind === undefined ? [] : [{ ...kind.order(dice, now), times: 10_000 }];
  const names = [kind === undefined ? refused : `outage: ${kind.name}`];
  return { endsAt, tick: { names, faults, isRefusing: kind === undefined, kill: null } };
}

/** One to four faults in a row; or a killed process, with or without one. */
function badTick(dice: Dice, now: Date, kinds: readonly [FaultKind, ...FaultKind[]]): Tick {
  const kill = dice.isTrue(0.15) ? dice.between(1, stepsOfARefresh) : null;
  const count = kill === null ? dice.between(1, 4) : dice.between(0, 1);
  const chosen = Array.from({ length: count }, () => (dice.isTrue(0.1) ? retryAfter : dice.pick(kinds)));
  const names = [...chosen.map(({ name }) => name), ...(kill === null ? [] : ['killed'])];
  return { names, faults: chosen.map((kind) => kind.order(dice, now)), isRefusing: false, kill };
}

/** A few more than it takes, so that some processes outlive their kill. */
const stepsOfARefresh = 95;
