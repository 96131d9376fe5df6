import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemContext, type Context } from '../../scripts/context';
import type { EnvVariables } from '../../scripts/environment/settings';
import type { EnvironmentResult, RefreshResult } from '../../scripts/fleet/result';
import type { HookConfig } from '../../scripts/hooks/config';
import type * as Notify from '../../scripts/hooks/notify';
import { silentConsole } from '../../scripts/terminal/silent';
import { counted } from '../../scripts/text/count';
import { built } from '../proofs/support/built';
import { makeWorkplace, type Workplace } from '../support/program';
import { environmentText } from '../support/servers/xero-server';

const { notifyHooks } = built<typeof Notify>('hooks/notify');

let place: Workplace;
let said: string[];

beforeEach(() => {
  place = makeWorkplace();
  said = [];
});
afterEach(() => fs.rmSync(place.folder, { recursive: true }));

const calls = (): string[] => {
  const file = path.join(place.folder, 'calls');
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim().split('\n') : [];
};

const { PATH = '' } = process.env;

function notifyOf(done: readonly EnvironmentResult[], more: Partial<Context> = {}): Promise<Notify.HookSummary> {
  const script = `require('fs').appendFileSync(process.env.CALLS, process.env.EVERGRANT_NAME + '\\n')`;
  const command = { kind: 'words', file: process.execPath, args: ['-e', script] } as const;
  const orders: HookConfig = { commands: { 'on-refreshed': command, 'on-failure': command }, limitMs: 60_000 };
  const context = systemContext({
    console: { ...silentConsole(), say: (line) => void said.push(line) },
    folder: path.join(place.folder, 'environments'),
    stateFolder: path.join(place.folder, 'state'),
    variables: () => ({ PATH, CALLS: path.join(place.folder, 'calls') }),
    env: () => ({}),
    sleep: () => Promise.resolve(),
    ...more,
  });
  return notifyHooks(done, orders, context);
}

/** What a run found of an environment, and the generation that its file has by now. */
function found(
  name: string,
  outcome: RefreshResult['outcome'],
  generation: number,
  generationNow = generation,
): EnvironmentResult {
  place.write(name, environmentText(name, { app_type: 'web', generation: String(generationNow) }));
  const isWell = ['refreshed', 'adopted', 'not_due'].includes(outcome);
  const error = isWell ? null : { code: 'code', message: 'message', hint: 'hint' };
  const dates = { accessTokenExpiresAt: null, refreshTokenExpiresAt: null };
  return { given: name, result: { environment: name, tenantId: null, outcome, generation, ...dates, error } };
}

test('after five minutes no further hook is started, and the next run notifies of the rest', async () => {
  const done = ['a', 'b', 'c', 'd', 'e'].map((name) => found(name, 'refreshed', 2));
  const now = (): Date => new Date(calls().length > 0 ? 301_000 : 0);
  expect(await notifyOf(done, { now })).toEqual({ done, isCutOff: false });
  const left = 5 - calls().length;
  expect(left).toBeGreaterThan(0);
  expect(said).toEqual([`note: what changed of ${counted(left, 'environment')} is told by the next run`]);
  await notifyOf(done.map(({ given }) => found(given, 'not_due', 2)));
  expect(calls().toSorted()).toEqual(['a', 'b', 'c', 'd', 'e']);
});

test('no hook is notified of a failure after which another process succeeded', async () => {
  await notifyOf([found('acme', 'temporary_failure', 1, 2)]);
  expect(calls()).toEqual([]);
  await notifyOf([found('acme', 'temporary_failure', 2)]);
  expect(calls()).toEqual(['acme']);
});

test('no hook is notified of a refresh after it was notified of a later one', async () => {
  await notifyOf([found('acme', 'refreshed', 3)]);
  await notifyOf([found('acme', 'refreshed', 2, 3)]);
  expect(calls()).toEqual(['acme']);
});

test('for an environment that does not exist no hook runs, and no folder is made', async () => {
  const failed = found('acme', 'invalid', 0);
  fs.rmSync(place.fileOf('acme'));
  await notifyOf([failed, { ...failed, given: '../no name' }]);
  expect([calls(), fs.readdirSync(path.join(place.folder, 'environments'))]).toEqual([[], []]);
});

test('an unexpected error of one environment stops no other', async () => {
  let count = 0;
  const env = (): EnvVariables => {
    if (count++ === 0) throw new Error('no variables');
    return {};
  };
  const done = ['a', 'b'].map((name) => found(name, 'refreshed', 2));
  const told = await notifyOf(done, { env, store: '' });
  expect(told.done).toMatchObject([{ hookKind: 'bug', result: { hookError: { code: 'unexpected' } } }, done[1]]);
  expect(calls()).toEqual(['b']);
});
