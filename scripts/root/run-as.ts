import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { ownDotEnv } from '../environment/files/dotenv';
import { makeFolders } from '../environment/files/make-folders';
import { writeWhole } from '../environment/files/publish';
import { invalid, systemCode } from '../errors';
import { canRead, nearestAbove, type Account } from '../owner/owners';
import { rootVariables, type RootOrder } from '../owner/root-order';

/** One run of this program as another user. */
export interface OwnersRun {
  /** Root's own share runs as root. */
  readonly account: Account | undefined;
  readonly args: readonly string[];
  /** Whether its results are for us to put together, not for the terminal. */
  readonly isCollected: boolean;
  /** Environments of the folder that are not this user's are left to the other runs. */
  readonly isShare: boolean;
  /** Files that root writes with what this run makes, and who may read them. */
  readonly outputs: readonly Output[];
}

export interface Output {
  readonly file: string;
  readonly readers: 'owner' | 'anybody';
}

export interface OwnersEnd {
  readonly code: number;
  /** '' unless collected. */
  readonly stdout: string;
}

/** A page of 10,000 environments has some 10 MB. */
const largestOutputBytes = 256 * 1024 * 1024;

/** The first descriptor after the three that everybody knows. */
const firstOutput = 3;

/**
 * Runs this program, with its arguments, as the user whose environments it is about: whatever that user has planted there
 * can then do no more than he could himself, and what is made is his. Groups other than his first are dropped.
 * @throws Failure `cannot_run_as_owner`
 */
export async function runAs(run: OwnersRun): Promise<OwnersEnd> {
  const child = start(run);
  const passOn = (signal: NodeJS.Signals): void => void child.kill(signal);
  const signals = signalsToPassOn();
  for (const signal of signals) process.on(signal, passOn);
  for (const signal of terminalSignals) process.on(signal, ignore); // it has its own from the terminal
  try {
    const results = run.isCollected && child.stdout ? readAll(child.stdout) : Promise.resolve('');
    const pages = run.outputs.map((_, at) => readAll(child.stdio[firstOutput + at] as Readable)); // made by 'pipe'
    const code = await endOf(child, run);
    for (const [at, page] of (await Promise.all(pages)).entries()) writeOutput(run.outputs[at], page);
    return { code, stdout: await results };
  } finally {
    for (const signal of signals) process.removeListener(signal, passOn);
    for (const signal of terminalSignals) process.removeListener(signal, ignore);
  }
}

const ignore = (): void => undefined;
const terminalSignals = ['SIGINT', 'SIGHUP'] as const;

/** A terminal sends its signals to the child as well; twice, they would cut off what is being saved. */
function signalsToPassOn(): NodeJS.Signals[] {
  const isOnTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  return isOnTerminal ? ['SIGTERM'] : ['SIGTERM', ...terminalSignals];
}

function start({ account, args, isCollected, isShare, outputs }: OwnersRun): ChildProcess {
  const order: RootOrder = {
    isShare,
    outputs: Object.fromEntries(outputs.map(({ file }, at) => [file, firstOutput + at])),
  };
  const [, program = ''] = process.argv;
  return spawn(process.execPath, [...process.execArgv, program, ...args], {
    env: { ...variablesFor(account), ...rootVariables(order) },
    stdio: ['inherit', isCollected ? 'pipe' : 'inherit', 'inherit', ...outputs.map(() => 'pipe' as const)],
    ...(account === undefined ? {} : { uid: account.uid, gid: account.gid }),
  });
}

/** Root's own `.env` is out of the owner's reach: root has asked for what it says. What is about root's home is not passed on. */
function variablesFor(account: Account | undefined): NodeJS.ProcessEnv {
  if (account === undefined) return process.env;
  const kept = Object.entries({ ...ownDotEnv(process.cwd()), ...process.env }).filter(
    ([name]) => !/^(HOME|USER|LOGNAME|MAIL|SUDO_.*|XDG_.*)$/.test(name),
  );
  const { name, home } = account;
  const his = {
    ...(home === undefined ? {} : { HOME: home }),
    ...(name === undefined ? {} : { USER: name, LOGNAME: name }),
  };
  return { ...Object.fromEntries(kept), ...his };
}

function endOf(child: ChildProcess, { account }: OwnersRun): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(cannotRun(account, systemCode(error) ?? 'unknown', error)));
    child.once('exit', (code, signal) => resolve(signal === null ? (code ?? 0) : 128 + constants.signals[signal]));
  });
}

async function readAll(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    const part = chunk as Buffer; // no encoding is set
    bytes += part.length;
    if (bytes <= largestOutputBytes) chunks.push(part);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Nothing came where the run has failed, which it has said. */
function writeOutput(output: Output | undefined, text: string): void {
  if (output !== undefined && text !== '') writeWhole(output.file, text, output.readers);
}

/** @throws Failure `cannot_run_as_owner` when the program is out of a user's reach */
export function checkReach(account: Account): void {
  const [, program = ''] = process.argv;
  const closed = [process.execPath, program, __filename].find((file) => !canRead(account, file));
  if (closed !== undefined) throw cannotRun(account, `${closed} is out of that user's reach`);
}

function cannotRun(account: Account | undefined, why: string, cause?: unknown): Error {
  const user = account?.name ?? `#${account?.uid ?? 0}`;
  return invalid(
    'cannot_run_as_owner',
    `the environment belongs to another user, and root can't work as that user here: ${why}`,
    `run it as that user: sudo -u '${user}' npx evergrant … (in a container: --user ${account?.uid ?? 0}:${account?.gid ?? 0})`,
    cause,
  );
}

/**
 * Makes the folder for reports where the owner couldn't, in a folder of root's, and gives it to him.
 * @throws Failure `no_report_folder` where he can't write there
 */
export function giveReportFolder(folder: string, { uid, gid }: Account): void {
  const there = fs.lstatSync(folder, { throwIfNoEntry: false });
  if ((there ?? nearestAbove(folder))?.uid === uid) return; // he can do it himself
  if (there !== undefined || nearestAbove(folder)?.uid !== 0) {
    throw invalid(
      'no_report_folder',
      `${folder} doesn't belong to the environment's owner, who writes the reports`,
      `name another folder with --report, or give it to its user: sudo chown ${uid} ${folder}`,
    );
  }
  makeFolders(path.dirname(folder));
  fs.mkdirSync(folder, { mode: 0o700 });
  fs.lchownSync(folder, uid, gid);
}
