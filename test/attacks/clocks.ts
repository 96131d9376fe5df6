import path from 'node:path';
import { startProgram } from '../support/running';
import { answerWith } from '../support/servers/xero-server';
import { emptyResult, type Attack, type AttackResult } from './attack';
import { connected, countLeaks, countLost, expectThat, inArena, type Arena } from './support/arena';

const [hourMs, dayMs] = [3_600_000, 86_400_000];
const preload = path.join(__dirname, 'support/clock-preload.js');

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program with a clock that is ahead, or that runs backwards. */
async function runAt(
  { place }: Arena,
  args: readonly string[],
  clock: { readonly aheadMs?: number; readonly backMsPerLook?: number },
): Promise<Ended> {
  const { aheadMs = 0, backMsPerLook = 0 } = clock;
  const variables = { ATTACK_CLOCK: JSON.stringify({ aheadMs, backMsPerLook }) };
  return startProgram(place.folder, args, { preload, variables }).ended;
}

async function inTime(play: (arena: Arena, result: AttackResult) => Promise<void>): Promise<AttackResult> {
  const result = emptyResult();
  await inArena((arena) => play(arena, result));
  return result;
}

const ahead: Attack = {
  name: 'a clock 400 days ahead during a refresh, then put right',
  kind: 'clocks',
  run: () =>
    inTime(async (arena, result) => {
      const { place } = arena;
      connected(arena, 'acme');
      const first = await runAt(arena, ['refresh', 'acme', '--force'], { aheadMs: 400 * dayMs });
      expectThat(result, first.code === 0, `a refresh with a clock ahead ends with ${first.code}: ${first.stderr}`);
      const spent = arena.xero.redemptions();
      const { code, stdout, stderr } = await place.run(['token', 'acme']);
      result.tried += 2;
      expectThat(result, code === 0, `token ends with ${code}: ${stderr}`);
      expectThat(result, arena.xero.redemptions() === spent + 1, 'an access token of 400 days was believed');
      const { access_token: token, access_token_expires_at: ends, refresh_token_expires_at: over } = place.rows('acme');
      expectThat(result, stdout.trim() === token, 'token printed another than the newest');
      expectThat(result, Date.parse(ends ?? '') < Date.now() + dayMs, `the access token is said to end at ${ends}`);
      expectThat(
        result,
        Date.parse(over ?? '') < Date.now() + 61 * dayMs,
        `the refresh token is said to end at ${over}`,
      );
      countLeaks(result, first.stdout + first.stderr + stderr, arena, 'the talk');
      countLost(result, arena, 'acme', 'a clock that was ahead');
    }),
};

const far: Attack = {
  name: 'an expiry and a rotation 400 days ahead in the file',
  kind: 'clocks',
  run: () =>
    inTime(async (arena, result) => {
      const { place } = arena;
      const at = (days: number): string => new Date(Date.now() + days * dayMs).toISOString();
      const dates = { access_token_expires_at: at(400), refresh_token_expires_at: at(460) };
      for (const args of [
        ['refresh', 'acme'],
        ['refresh', 'acme', '--keep-alive'],
      ]) {
        connected(arena, 'acme', dates);
        const spent = arena.xero.redemptions();
        const { code, stderr } = await place.run(args);
        result.tried += 1;
        expectThat(result, code === 0, `${args.join(' ')} ends with ${code}: ${stderr}`);
        expectThat(result, arena.xero.redemptions() === spent + 1, `${args.join(' ')} believed dates that cannot be`);
        countLost(result, arena, 'acme', args.join(' '));
      }
    }),
};

const postponed: Attack = {
  name: 'a Retry-After of a clock that was ahead',
  kind: 'clocks',
  run: () =>
    inTime(async (arena, result) => {
      connected(arena, 'acme');
      arena.xero.next('token', answerWith(429, '', { 'retry-after': '86400' }));
      const force = ['refresh', 'acme', '--force', '--patience', '0s'];
      const first = await runAt(arena, force, { aheadMs: 400 * dayMs });
      expectThat(result, first.code === 4, `a 429 ends with ${first.code}`);
      const { code, stderr } = await arena.place.run(force);
      result.tried += 1;
      expectThat(result, code === 0, `a postponement from the future holds back a refresh: ${code}, ${stderr}`);
      countLost(result, arena, 'acme', 'a postponement');
    }),
};

const backwards: Attack = {
  name: 'a clock that jumps back an hour with each look, while nobody answers',
  kind: 'clocks',
  run: () =>
    inTime(async (arena, result) => {
      connected(arena, 'acme', { token_url: 'http://localhost:1/connect/token' });
      const args = ['refresh', 'acme', '--force', '--patience', '1s', '--wait', '1s'];
      const running = startProgram(arena.place.folder, args, {
        preload,
        variables: { ATTACK_CLOCK: JSON.stringify({ aheadMs: 0, backMsPerLook: hourMs }) },
      });
      const late = setTimeout(() => running.signal('SIGKILL'), 60_000);
      const { code } = await running.ended;
      clearTimeout(late);
      result.tried += 1;
      expectThat(result, code === 4, `it ends with ${code}: its patience runs on a clock that is moved`);
      countLost(result, arena, 'acme', 'a clock that runs backwards');
    }),
};

export const attacks: Attack[] = [ahead, far, postponed, backwards];
