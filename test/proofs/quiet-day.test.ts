import { afterAll, beforeAll, expect, test } from 'vitest';
import type * as Refresh from '../../scripts/run/refresh';
import type * as ContextModule from '../../scripts/context';
import type * as Silent from '../../scripts/terminal/silent';
import { makeWorkplace, type Workplace } from '../support/program';
import { answerWith, startXeroServer, type XeroServer } from '../support/servers/xero-server';
import { built } from './support/built';

const { refresh } = built<typeof Refresh>('run/refresh');
const { systemContext } = built<typeof ContextModule>('context');
const { silentConsole } = built<typeof Silent>('terminal/silent');

let xero: XeroServer;
let place: Workplace;

beforeAll(async () => {
  xero = await startXeroServer();
  place = makeWorkplace();
});

afterAll(() => xero.close());

const minuteMs = 60_000;
const midnight = Date.parse('2026-11-22T00:00:00.000Z');

/**
 * The fleet: some whose client secret is wrong, whose consent is over, known or to be found, or whose file is broken; and the
 * rest, which are well.
 */
function makeFleet(size: number): void {
  for (let index = 0; index < size; index++) {
    const name = `customer-${String(index).padStart(3, '0')}`;
    const expiresAt = new Date(midnight + (index < 5 ? -1 : index % 30) * minuteMs).toISOString();
    const rotatedAt = new Date(midnight + 59 * 1440 * minuteMs).toISOString();
    const rows = { access_token_expires_at: expiresAt, refresh_token_expires_at: rotatedAt };
    const broken = [
      { client_secret: 'wrong' },
      { client_secret: 'wrong' },
      { grant_status: 'consent_needed' },
      { refresh_token: 'one-that-is-known-no-more' },
    ][index];
    place.write(
      name,
      index === 4 ? '{' : xero.environment('web', name, { ...xero.connectedRows(), ...rows, ...broken }),
    );
  }
}

/** One tick of cron's, at a time of the day; what it says, and its exit code. */
async function tick(
  atMs: number,
  patienceMs: number,
): Promise<{ readonly said: readonly string[]; readonly code: number }> {
  const said: string[] = [];
  const context = systemContext({
    console: { ...silentConsole(), say: (line) => void said.push(line) },
    folder: `${place.folder}/environments`,
    stateFolder: `${place.folder}/state`,
    now: () => new Date(atMs),
    env: () => ({}),
  });
  const options = {
    names: [],
    isForced: false,
    profile: { kind: 'min_validity', ms: 15 * minuteMs },
    patienceMs,
    waitMs: 0,
    isDryRun: false,
    isJson: false,
    concurrency: 50,
    processes: 1,
    hasJitter: false,
    hooks: { commands: {} },
  } as const;
  return { code: await refresh(options, context), said };
}

test('a day of cron with 300 environments, 5 broken, and an outage of two hours: three mails', async () => {
  makeFleet(300);
  const mails: [string, readonly string[]][] = [];
  const codes = new Set<number>();
  for (let minute = 0; minute < 1440; minute += 10) {
    const isOutage = minute >= 620 && minute < 740;
    if (isOutage) xero.next('token', ...Array.from({ length: 400 }, () => answerWith(503, '')));
    const { said, code } = await tick(midnight + minute * minuteMs, isOutage ? 0 : minuteMs);
    xero.forget();
    codes.add(code);
    if (said.length > 0) mails.push([new Date(midnight + minute * minuteMs).toISOString().slice(11, 16), said]);
  }
  expect(mails).toEqual([
    [
      '00:00',
      [
        expect.stringMatching(
          /^evergrant: 2 environments: Xero refuses the app's settings \(invalid_client\) since 00:00 UTC: customer-000, customer-001\n {2}such as: /,
        ),
        expect.stringMatching(
          /^evergrant: 2 environments: somebody at Xero has to consent again .*: customer-002, customer-003\n {2}such as: /,
        ),
        expect.stringMatching(/^evergrant: .*customer-004.* is not JSON\n {2}→ /),
      ],
    ],
    [
      '10:20',
      [
        expect.stringMatching(
          /^evergrant: \d+ environments: Xero does not answer since 10:20 UTC\n {2}such as: .* HTTP 503/,
        ),
      ],
    ],
    [
      '12:20',
      [
        expect.stringMatching(
          /^evergrant: 29\d environments work again since 12:20 UTC, after 2 h 0 min: Xero did not answer$/,
        ),
      ],
    ],
  ]);
  // During the outage the refused secrets are not refused: what counts most then is the consents.
  expect([...codes]).toEqual([7, 3]);
}, 1_800_000);
