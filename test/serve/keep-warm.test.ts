import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type * as ContextModule from '../../scripts/context';
import type * as KeepWarm from '../../scripts/serve/keep-warm';
import type * as Silent from '../../scripts/terminal/silent';
import { built } from '../proofs/support/built';
import { connectAt } from '../support/connected-at';
import { makeWorkplace, type Workplace } from '../support/program';
import { startSandboxProcess, type SandboxProcess } from '../support/sandbox';

const { keepWarm } = built<typeof KeepWarm>('serve/keep-warm');
const { systemContext } = built<typeof ContextModule>('context');
const { silentConsole } = built<typeof Silent>('terminal/silent');

const [minuteMs, hourMs] = [60_000, 3_600_000];
const names = ['acme', 'bakery', 'cafe', 'dairy'];

let sandbox: SandboxProcess;
let place: Workplace;
let machine: Machine;

beforeAll(async () => {
  sandbox = await startSandboxProcess();
});
afterAll(() => sandbox.stop());
beforeEach(async () => {
  place = makeWorkplace();
  for (const name of names) await connectAt(sandbox, place, name);
  await sandbox.forgetRequests();
  machine = new Machine();
});

/** A minute of the loop, after its run. */
interface Minute {
  readonly atMs: number;
  readonly exitCode: number;
  /** How long each access token is good from here, in minutes. */
  readonly left: readonly number[];
  readonly refreshed: readonly string[];
}

/** A machine in whose time hours pass in seconds, and the sandbox with it. */
class Machine {
  readonly minutes: Minute[] = [];
  readonly said: string[] = [];
  private offsetMs = 0;
  private aheadMs = 0;
  private isStopped = false;
  private later: { atMs: number; act: () => Promise<void> | void }[] = [];
  private generations: readonly number[] = names.map(() => 1);

  at(atMs: number, act: () => Promise<void> | void): void {
    this.later.push({ atMs, act });
  }

  async runUntil(endMs: number): Promise<void> {
    this.at(endMs, () => void (this.isStopped = true));
    const silent = silentConsole();
    const context = systemContext({
      folder: path.join(place.folder, 'environments'),
      stateFolder: path.join(place.folder, 'state'),
      env: () => ({}),
      now: () => new Date(Date.now() + this.offsetMs),
      sleep: (ms) => this.sleep(ms),
      console: { ...silent, say: (line) => void this.said.push(line) },
    });
    const signals = { ...context.signals, isStopping: () => this.isStopped };
    const options = { profile: { kind: 'min_validity' as const, ms: 15 * minuteMs }, patienceMs: 0, concurrency: 10 };
    await keepWarm(
      options,
      { ...context, signals },
      { monotonicMs: () => this.offsetMs, random: () => 0.5, onRun: ({ exitCode }) => this.note(exitCode) },
    );
  }

  /** The machine sleeps: time passes, and this process does nothing. */
  async suspend(ms: number): Promise<void> {
    this.offsetMs += ms;
    await sandbox.clock(`${this.aheadMs + ms}ms`);
    this.aheadMs = 0;
  }

  private async sleep(ms: number): Promise<void> {
    this.offsetMs += ms;
    this.aheadMs += ms;
    if (this.aheadMs >= 30_000) await this.suspend(0);
    const due = this.later.filter(({ atMs }) => atMs <= this.offsetMs);
    this.later = this.later.filter((one) => !due.includes(one));
    for (const { act } of due) await act();
  }

  private note(exitCode: number): void {
    const rows = names.map((name) => place.rows(name));
    const now = Date.now() + this.offsetMs;
    const before = this.generations;
    this.generations = rows.map(({ generation }) => Number(generation));
    this.minutes.push({
      atMs: this.offsetMs,
      exitCode,
      left: rows.map((row) => (Date.parse(row['access_token_expires_at'] ?? '') - now) / minuteMs),
      refreshed: names.filter((_, at) => this.generations[at] !== before[at]),
    });
  }

  between(fromMs: number, untilMs: number): Minute[] {
    return this.minutes.filter(({ atMs }) => atMs >= fromMs && atMs < untilMs);
  }
}

test('every environment stays warm for hours; an outage and a suspended machine cost nothing but their time', async () => {
  const [outage, answers, suspended, end] = [2 * hourMs, 5 * hourMs, 6 * hourMs, 15 * hourMs];
  machine.at(outage, () => sandbox.fault({ on: 'token', fault: 'status', status: 503, times: 10_000 }));
  machine.at(answers, () => sandbox.clearFaults());
  machine.at(suspended, () => machine.suspend(8 * hourMs));
  await machine.runUntil(end);

  const well = [
    ...machine.between(0, outage),
    ...machine.between(answers, suspended),
    ...machine.between(suspended + 8 * hourMs, end),
  ];
  expect(Math.min(...well.flatMap(({ left }) => left))).toBeGreaterThan(13.5);
  expect(new Set(well.map(({ exitCode }) => exitCode))).toEqual(new Set([0]));
  const dark = machine.between(outage + 31 * minuteMs, answers);
  expect(new Set(dark.map(({ exitCode }) => exitCode))).toEqual(new Set([4]));
  expect(dark.flatMap(({ refreshed }) => refreshed)).toEqual([]);
  const [awake] = machine.between(suspended + 8 * hourMs, end);
  expect([(awake?.atMs ?? 0) - suspended - 8 * hourMs, awake?.refreshed]).toEqual([expect.any(Number), names]);
  expect((awake?.atMs ?? 0) - suspended - 8 * hourMs).toBeLessThan(minuteMs);

  const redeemed = (await sandbox.requests()).filter(({ redeemed }) => redeemed).length;
  const generations = names.map((name) => Number(place.rows(name)['generation']));
  expect(redeemed).toBe(generations.reduce((sum, generation) => sum + generation - 1, 0));
  for (const name of names) expect(await sandbox.inspect(place.rows(name)['refresh_token'] ?? '')).toBe('live');
  expect(machine.said).toEqual([
    expect.stringContaining('are of the same Xero user and app'), // as the sandbox has one user
    expect.stringContaining('HTTP 503'),
    expect.stringMatching(/4 environments work again since .* after (2 h 5\d|3 h \d) min/), // three hours, give or take a minute of the loop
  ]);
});

test('environments that were connected together do not stay due together', async () => {
  await machine.runUntil(4 * hourMs);
  const together = machine.between(hourMs, 4 * hourMs).filter(({ refreshed }) => refreshed.length === names.length);
  expect(together).toEqual([]);
});

test('a store that is empty at first, and one environment that makes no sense, end no loop', async () => {
  const other = makeWorkplace();
  [place, machine] = [other, new Machine()];
  const notes: number[] = [];
  const context = systemContext({
    folder: path.join(place.folder, 'environments'),
    env: () => ({}),
    sleep: async () => undefined,
  });
  let clock = 0;
  const said: string[] = [];
  const signals = { ...context.signals, isStopping: () => notes.length >= 5 };
  await keepWarm(
    { profile: { kind: 'min_validity', ms: 15 * minuteMs }, patienceMs: 0, concurrency: 10 },
    { ...context, signals, console: { ...silentConsole(), say: (line) => void said.push(line) } },
    {
      monotonicMs: () => (clock += minuteMs),
      random: () => 0.5,
      onRun: ({ exitCode }) => {
        notes.push(exitCode);
        if (notes.length === 3) place.write('acme', '{');
      },
    },
  );
  expect(notes).toEqual([2, 2, 2, 2, 2]);
  expect(said).toEqual([
    expect.stringMatching(/^evergrant: no environment file in .*\n.*npx evergrant init NAME/),
    expect.stringContaining('acme.postman_environment.json is not JSON'),
  ]);
});
