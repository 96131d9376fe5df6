import fs from 'node:fs';
import path from 'node:path';
import { fingerprint } from '../../../scripts/text/fingerprint';
import { makeWorkplace, type Result, type Workplace } from '../../support/program';
import { startSandboxProcess, type LogEntry, type SandboxProcess } from '../../support/sandbox';
import { runAtOnce } from './barrier';
import { diceFrom, type Dice } from './dice';
import type { Findings } from './proof';
import { connect, setRows } from './sandbox-connection';

export interface RaceOptions {
  readonly processes: number;
  readonly waves: number;
  readonly seed: number;
}

type Rows = Readonly<Record<string, string>>;
type Command = readonly string[];
type Wave = readonly [string, readonly Command[]];

const wait = ['--wait', '240s', '--patience', '120s'];
const refresh = ['refresh', 'acme', '--json', ...wait];

/** What the processes of a wave run: one command, one file under several names, or several commands. */
const waves: readonly Wave[] = [
  ['one command', [refresh]],
  [
    'one file under several names',
    [
      refresh,
      ['refresh', 'links/acme.postman_environment.json', '--json', ...wait],
      ['refresh', 'links/partner.postman_environment.json', '--json', ...wait],
      ['--environments', 'elsewhere', ...refresh],
    ],
  ],
  ['several commands', [refresh, ['refresh', '--all', '--no-jitter', '--json', ...wait], ['token', 'acme', ...wait]]],
];

/** Waves of processes on one environment whose access token has run out: each wave may redeem its token once. */
export async function race({ processes, waves: count, seed }: RaceOptions): Promise<Findings> {
  const dice = diceFrom(seed);
  const sandbox = await startSandboxProcess();
  const place = makeWorkplace();
  const failures: string[] = [];
  const tally = { refreshed: 0, adopted: 0, not_due: 0, token: 0 };
  let redemptions = 0;
  try {
    await connect(sandbox, place, 'acme');
    makeLinks(place);
    for (const [index, [kind, commands]] of wavesInTurn(count).entries()) {
      const before = await expire(sandbox, place);
      const results = await runAtOnce(place.folder, shuffled(commands, processes, dice));
      const log = (await sandbox.requests()).filter(({ grantType }) => grantType === 'refresh_token');
      redemptions += log.filter(({ redeemed }) => redeemed).length;
      const rows = place.rows('acme');
      const problems = [...problemsOf(results, rows, tally), ...(await problemsAtXero(log, before, rows, sandbox))];
      failures.push(...problems.map((problem) => `wave ${index + 1}, ${kind}: ${problem}`));
    }
  } finally {
    await sandbox.stop();
    fs.rmSync(place.folder, { recursive: true });
  }
  return { figures: { 'processes in all': processes * count, redemptions, ...tally }, failures };
}

function wavesInTurn(count: number): Wave[] {
  return Array.from({ length: count }, (_, index) => waves[index % waves.length]).filter((wave) => wave !== undefined);
}

function makeLinks({ folder, fileOf }: Workplace): void {
  fs.symlinkSync(path.join(folder, 'environments'), path.join(folder, 'elsewhere'));
  fs.mkdirSync(path.join(folder, 'links'));
  for (const name of ['acme', 'partner']) {
    fs.symlinkSync(fileOf('acme'), path.join(folder, 'links', `${name}.postman_environment.json`));
  }
}

/** Lets the access token run out, at Xero and in the file. */
async function expire(sandbox: SandboxProcess, { fileOf, rows }: Workplace): Promise<Rows> {
  await sandbox.clock('31m');
  setRows(fileOf('acme'), { access_token_expires_at: new Date(Date.now() - 60_000).toISOString() });
  await sandbox.forgetRequests();
  return rows('acme');
}

/** Every command as often as the next, in any order. */
function shuffled(commands: readonly Command[], length: number, dice: Dice): Command[] {
  return Array.from({ length }, (_, index) => ({ command: commands[index % commands.length] ?? [], at: dice.roll() }))
    .sort((a, b) => a.at - b.at)
    .map(({ command }) => command);
}

type Tally = Record<'refreshed' | 'adopted' | 'not_due' | 'token', number>;

/** What the processes said: all of them succeeded, and what they tell is the newest. */
function problemsOf(results: readonly Result[], rows: Rows, tally: Tally): string[] {
  return results.flatMap(({ code, stdout, stderr }) => {
    const outcome = code === 0 ? outcomeOf(stdout, rows) : undefined;
    if (outcome === undefined) return [`a process exited with ${code}: ${stderr.slice(0, 300)}`];
    tally[outcome] += 1;
    return [];
  });
}

interface RefreshAnswer {
  readonly results: readonly { readonly outcome: keyof Tally; readonly generation: number }[];
}

function outcomeOf(stdout: string, rows: Rows): keyof Tally | undefined {
  if (!stdout.startsWith('{')) return stdout === `${rows['access_token']}\n` ? 'token' : undefined;
  const [result, ...others] = (JSON.parse(stdout) as RefreshAnswer).results; // the contract's JSON
  const isGood = ['refreshed', 'adopted', 'not_due'].includes(result?.outcome ?? '') && others.length === 0;
  return isGood && String(result?.generation) === rows['generation'] ? result?.outcome : undefined;
}

/** What the sandbox saw: the token that was in the file, once; and the file has what came of it. */
async function problemsAtXero(
  log: readonly LogEntry[],
  before: Rows,
  after: Rows,
  sandbox: SandboxProcess,
): Promise<string[]> {
  const print = (rows: Rows): string => fingerprint(rows['refresh_token'] ?? '');
  const [first, ...others] = log;
  const state = await sandbox.inspect(after['refresh_token'] ?? '');
  const checks: [boolean, string][] = [
    [others.length === 0, `Xero was asked ${log.length} times`],
    [first?.redeemed === true && first.token === print(before), 'the token of the file was not redeemed'],
    [first?.issued === print(after), 'the file has not what Xero gave'],
    [Number(after['generation']) === Number(before['generation']) + 1, 'the generation did not grow by one'],
    [state === 'live', `the token in the file is ${state}`],
  ];
  return checks.filter(([isTrue]) => !isTrue).map(([, problem]) => problem);
}
