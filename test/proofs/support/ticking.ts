import { EventEmitter } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type * as ContextModule from '../../../scripts/context';
import type * as RefreshModule from '../../../scripts/refresh/transaction';
import type * as ConsoleModule from '../../../scripts/terminal/console';
import type * as SignalsModule from '../../../scripts/terminal/signals';
import { buildFolder } from '../../support/build-folder';
import type { Workplace } from '../../support/program';
import { built } from './built';
import type { Dice } from './dice';
import { runWith } from './stepped-program';

export type ProfileName = 'min-validity' | 'keep-alive';

/** The time of the simulation: the machine's, moved forward together with the sandbox's. */
export interface MovedClock {
  readonly offsetMs: number;
  now(): Date;
  advance(ms: number): Promise<void>;
}

const profiles = {
  'min-validity': { kind: 'min_validity', ms: 15 * 60_000 },
  'keep-alive': { kind: 'keep_alive' },
} as const;

/** One run of cron inside this process: the built program with real files and real Newman; its waiting moves the clock. */
export function tickInside(
  place: Workplace,
  profile: ProfileName,
  clock: MovedClock,
  dice: Dice,
): (patienceMs: number) => Promise<string> {
  const { refreshGrant } = built<typeof RefreshModule>('refresh/transaction');
  const { environmentNamed, refreshEffects } = built<typeof ContextModule>('context');
  const { failureOf } = built<typeof ConsoleModule>('terminal/console');
  let runs = 0;
  return async (patienceMs) => {
    const context = contextOf(place, clock);
    const effects = { ...refreshEffects(context, patienceMs), random: dice.roll };
    const options = { profile: profiles[profile], isForced: false, patienceMs, waitMs: 0 };
    if (++runs % runsBetweenCollections === 0) collectGarbage();
    try {
      return (await refreshGrant(environmentNamed(context, 'acme'), options, effects)).outcome;
    } catch (error) {
      const { kind, message } = failureOf(error, context.console);
      return kind === 'temporary_failure' ? kind : `${kind}: ${message}`;
    }
  };
}

/** Newman leaves the sandbox of each script to the collector, which is in no hurry: gigabytes over some weeks. */
const runsBetweenCollections = 1000;

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc()');
}

function contextOf(place: Workplace, clock: MovedClock): ContextModule.Context {
  return {
    console: { secrets: new Set() } as unknown as ConsoleModule.Console, // all that a refresh asks of it
    folder: path.join(place.folder, 'environments'),
    stateFolder: path.join(place.folder, 'state'),
    variables: () => ({}),
    env: () => ({}),
    now: clock.now,
    sleep: clock.advance,
    signals: built<typeof SignalsModule>('terminal/signals').listenForSignals(new EventEmitter() as NodeJS.Process), // silent
  };
}

/** One run of cron as a process of its own, of the real program, killed at one of its steps if that is given. */
export function tickOutside(
  place: Workplace,
  profile: ProfileName,
  clock: MovedClock,
): (kill: number | null) => Promise<string> {
  const preload = path.join(place.folder, 'clock.js');
  const sandboxClock = JSON.stringify(path.join(buildFolder(), 'sandbox/world/clock'));
  fs.writeFileSync(preload, `require(${sandboxClock}).installClock(Number(process.env.SIMULATED_OFFSET_MS));`);
  const options = profile === 'keep-alive' ? ['--keep-alive'] : ['--min-validity', '15m'];
  return async (step) => {
    const args = ['refresh', 'acme', '--json', '--patience', '2s', ...options];
    const variables = { NODE_OPTIONS: `--require ${preload}`, SIMULATED_OFFSET_MS: String(clock.offsetMs) };
    const plan = step === null ? {} : { kill: { step, side: 'before' } as const };
    const { code, stdout, stderr } = await runWith(plan, place.folder, args, variables);
    if (code === null) return 'killed';
    const [result] = (JSON.parse(stdout || '{"results":[]}') as { results: { outcome: string }[] }).results;
    return result?.outcome ?? `exit code ${code}: ${stderr}`;
  };
}
