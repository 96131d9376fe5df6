import type { Workplace } from '../../support/program';
import type { LogEntry, SandboxProcess } from '../../support/sandbox';
import type { Dice } from './dice';
import type { Gate } from './gate';
import { tickInside, tickOutside, type MovedClock, type ProfileName } from './ticking';
import { refused, weatherFrom, type Tick } from './weather';

/** What is counted of one profile. */
export interface Book {
  readonly profile: ProfileName;
  readonly faults: Map<string, number>;
  readonly failures: string[];
  ticks: number;
  redemptions: number;
  processes: number;
  notDue: number;
  lost: number;
  longestMs: number;
}

export interface World {
  readonly sandbox: SandboxProcess;
  readonly place: Workplace;
  readonly gate: Gate;
  readonly clock: MovedClock;
}

const [minuteMs, hourMs, dayMs] = [60_000, 3_600_000, 86_400_000];
const tickMs = 10 * minuteMs;

const asksForTime = (name: string): boolean => name.includes('Retry-After');

/** How likely it is for a due tick to meet faults, for an outage to begin, and for a run to be a process of its own. */
const odds = {
  'min-validity': { badTicks: 0.1, outages: 0.008, processes: 0.01 },
  'keep-alive': { badTicks: 0.5, outages: 0.1, processes: 0.2 },
} as const;

/** Plays the ticks of some days on one profile; ends early when the grant is lost. */
export async function playDays(profile: ProfileName, days: number, world: World, dice: Dice): Promise<Book> {
  const cron = new Cron(profile, world, dice);
  const firstAt = world.clock.now().getTime();
  const ticks = Math.round((days * dayMs) / tickMs);
  while (cron.book.ticks < ticks && cron.book.lost === 0) {
    cron.book.ticks += 1;
    await world.clock.advance(firstAt + cron.book.ticks * tickMs - world.clock.now().getTime());
    if (isDue(profile, world.place.rows('acme'), world.clock.now())) await cron.dueTick();
    else await cron.quietTick();
  }
  return cron.book;
}

/**
 * The contract's words for "due", said a second time: interrupted, little validity left, or a day since the last. The last is
 * counted from the access token's own `iat`, in whole seconds, where that is earlier than what the file says.
 */
function isDue(profile: ProfileName, rows: Record<string, string>, now: Date): boolean {
  const leftMs = (key: string): number => Date.parse(rows[key] ?? '') - now.getTime();
  if (rows['refresh_started_at'] !== '') return true;
  if (profile === 'min-validity') return leftMs('access_token_expires_at') < 15 * minuteMs;
  const sinceIssuedMs = now.getTime() - issuedAtMs(rows['access_token'] ?? '');
  return leftMs('refresh_token_expires_at') <= 59 * dayMs || sinceIssuedMs >= dayMs;
}

/** When an access token was issued; never, for one that doesn't say. */
function issuedAtMs(accessToken: string): number {
  const [, payload = ''] = accessToken.split('.');
  const { iat = Infinity } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { iat?: number };
  return iat * 1000;
}

/** What cron does with one environment, and what comes of it. */
class Cron {
  readonly book: Book;
  /** When the token in the file was used up without its successor being saved. */
  private spentAt: Date | undefined;
  private failingSince: number | undefined;
  /** The last due ticks, for who wants to know how a grant was lost. */
  private recent: readonly string[] = [];
  /** Until when a `Retry-After` may be in force. */
  private leftAloneUntil = 0;
  private readonly inside;
  private readonly env;
  private readonly weather;

  constructor(
    private readonly profile: ProfileName,
    private readonly world: World,
    private readonly dice: Dice,
  ) {
    const zero = { ticks: 0, redemptions: 0, processes: 0, notDue: 0, lost: 0, longestMs: 0 };
    this.book = { profile, faults: new Map(), failures: [], ...zero };
    this.inside = tickInside(world.place, profile, world.clock, dice);
    this.env = tickOutside(world.place, profile, world.clock);
    this.weather = weatherFrom(dice, odds[profile]);
  }

  /** Nothing is due: nobody is asked. */
  async quietTick(): Promise<void> {
    const { gate } = this.world;
    await gate.open();
    const before = gate.passed();
    const outcome = this.dice.isTrue(0.002) ? await this.asProcess(null) : await this.inside(minuteMs);
    this.book.notDue += gate.passed() - before;
    if (outcome !== 'not_due' || gate.passed() !== before) this.fail(`${outcome} though nothing was due`);
  }

  async dueTick(): Promise<void> {
    const { sandbox, gate, clock } = this.world;
    const tick = this.weather.tick(clock.now(), this.spentAt);
    await (tick.isRefusing ? gate.close() : gate.open());
    for (const fault of tick.faults) await sandbox.fault({ on: 'token', ...fault });
    const outcome = await this.run(tick);
    await sandbox.clearFaults();
    this.judge(tick, outcome);
    await this.look(tick, outcome);
  }

  private run({ kill, names }: Tick): Promise<string> {
    const mayBeProcess = names.length > 0 || this.spentAt === undefined;
    if (kill !== null || (mayBeProcess && this.dice.isTrue(odds[this.profile].processes))) return this.asProcess(kill);
    if (names.length === 0 || this.dice.isTrue(0.05)) return this.inside(minuteMs);
    return this.inside(names.includes('slow') ? 1000 : this.dice.between(0, 5) * 1000);
  }

  private asProcess(kill: number | null): Promise<string> {
    this.book.processes += 1;
    return this.env(kill);
  }

  /** A due tick has to bring tokens, unless something is in its way. */
  private judge({ kill, names }: Tick, outcome: string): void {
    if (['refreshed', 'adopted'].includes(outcome) || (outcome === 'killed' && kill !== null)) return;
    const isExcused = names.length > 0 || this.leftAloneUntil > this.world.clock.now().getTime();
    if (outcome === 'temporary_failure' && isExcused) return;
    this.fail(`${outcome} in a tick with ${names.join(', ') || 'nothing in its way'}`);
  }

  /** What the sandbox says of the token in the file. */
  private async look({ names }: Tick, outcome: string): Promise<void> {
    const { sandbox, place, clock } = this.world;
    const log = await sandbox.requests();
    await sandbox.forgetRequests();
    this.book.redemptions += log.filter(({ redeemed }) => redeemed).length;
    this.countFaults(log, names, outcome);
    const rows = place.rows('acme');
    const state = await sandbox.inspect(rows['refresh_token'] ?? '');
    if (!['live', 'grace'].includes(state) || rows['grant_status'] !== 'connected') {
      this.book.lost += 1;
      this.fail(`the grant is lost: ${state}, ${rows['grant_status']}, ${outcome}, after ${this.recent.join('; ')}`);
    }
    this.recent = [...this.recent, `${this.book.ticks}: ${names.join(', ') || 'calm'}: ${outcome}, ${state}`].slice(-6);
    this.spentAt = state === 'grace' ? (this.spentAt ?? clock.now()) : undefined;
    if (names.some(asksForTime)) this.leftAloneUntil = clock.now().getTime() + hourMs;
    this.noteOutage(isDue(this.profile, rows, clock.now()), clock.now().getTime());
  }

  /** Only what was really met: the faults that the sandbox played, and what it could not see. */
  private countFaults(log: readonly LogEntry[], names: readonly string[], outcome: string): void {
    const count = (name: string): void => void this.book.faults.set(name, (this.book.faults.get(name) ?? 0) + 1);
    for (const { fault, status } of log) if (fault !== undefined) count(fault === 'status' ? `HTTP ${status}` : fault);
    if (outcome === 'killed') count('killed');
    if (names.includes(refused)) count('run refused');
    if (names.some(asksForTime) && log.some(({ fault }) => fault === 'status')) count('run with Retry-After');
  }

  /** How long there were no new tokens to be had. */
  private noteOutage(isStillDue: boolean, now: number): void {
    if (isStillDue) {
      this.failingSince ??= now;
      return;
    }
    this.book.longestMs = Math.max(this.book.longestMs, now - (this.failingSince ?? now));
    [this.failingSince, this.leftAloneUntil] = [undefined, 0];
  }

  private fail(what: string): void {
    this.book.failures.push(`${this.profile}, tick ${this.book.ticks}: ${what}`);
  }
}
