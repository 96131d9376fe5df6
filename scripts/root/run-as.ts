import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { ownDotEnv } from '../environment/files/dotenv';
import { makeFolders } from '../environment/files/make-folders';
import { writeWhole, type PublishedKind } from '../environment/files/publish';
import type { EnvVariables } from '../environment/settings';
import { invalid, systemCode } from '../errors';
import { canRead, nearestAbove, type Account } from '../owner/owners';
import { shellQuoted } from '../text/shell';
import { rootVariables, type RootOrder } from '../owner/root-order';
import { workingFolder } from '../terminal/working-folder';

/** One run of this program as another user. */
export interface OwnersRun {
  /** Undefined for root's own share, which runs as root. */
  readonly account: Account | undefined;
  readonly args: readonly string[];
  /** Whether its results are collected here and not printed on the terminal. */
  readonly isCollected: boolean;
  /** Whether it leaves the environments of other users to other runs. */
  readonly isShare: boolean;
  readonly folder: string;
  /** For hints: the words that start this program again, and the command that it runs. */
  readonly invocation: string;
  readonly command: string;
  /** Files that root writes from this run's output, and of which kind each is. */
  readonly outputs: readonly Output[];
}

export interface Output {
  readonly file: string;
  readonly kind: PublishedKind;
}

export interface OwnersEnd {
  readonly code: number;
  /** '' unless collected. */
  readonly stdout: string;
}

/** The limit of one output; a page of 10,000 environments has about 10 MB. */
const largestOutputBytes = 256 * 1024 * 1024;

/** The first descriptor after stdin, stdout and stderr. */
const firstOutput = 3;

/**
 * Runs this program with its arguments as the user who owns the environments. Links and files that this user has put
 * there can then do no more than the user could, and new files belong to the user. Only the user's primary group is
 * kept.
 * @throws Failure `cannot_run_as_owner`
 */
export async function runAs(run: OwnersRun): Promise<OwnersEnd> {
  const child = start(run);
  const passOn = (signal: NodeJS.Signals): void => void child.kill(signal);
  const signals = signalsToPassOn();
  for (const signal of signals) process.on(signal, passOn);
  for (const signal of terminalSignals) process.on(signal, ignore); // the child gets them from the terminal
  try {
    const results = run.isCollected && child.stdout ? readAll(child.stdout) : Promise.resolve('');
    const pages = run.outputs.map((_, at) => readAll(child.stdio[firstOutput + at] as Readable)); // because of 'pipe'
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

/** The signals to pass on. A terminal sends its own to the child as well; twice, they would interrupt a save. */
function signalsToPassOn(): NodeJS.Signals[] {
  const isOnTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  return isOnTerminal ? ['SIGTERM'] : ['SIGTERM', ...terminalSignals];
}

function start({ account, args, isCollected, isShare, outputs, folder, invocation }: OwnersRun): ChildProcess {
  const order: RootOrder = {
    isShare,
    folder,
    invocation,
    outputs: Object.fromEntries(outputs.map(({ file }, at) => [file, firstOutput + at])),
  };
  const [, program = ''] = process.argv;
  return spawn(process.execPath, [...process.execArgv, program, ...args], {
    env: { ...variablesFor(account, folder), ...rootVariables(order) },
    stdio: ['inherit', isCollected ? 'pipe' : 'inherit', 'inherit', ...outputs.map(() => 'pipe' as const)],
    uid: account?.uid,
    gid: account?.gid,
  });
}

/** Variables for the run, with those of root's `.env`, which the owner can't read, and none about root's home. */
function variablesFor(account: Account | undefined, environments: string): NodeJS.ProcessEnv {
  if (account === undefined) return process.env;
  const kept = Object.entries({ ...ownVariables(environments), ...process.env }).filter(
    ([name]) => !/^(HOME|USER|LOGNAME|MAIL|SUDO_.*|XDG_.*)$/.test(name),
  );
  const { name, home } = account;
  return { ...Object.fromEntries(kept), HOME: home, USER: name, LOGNAME: name };
}

/** What root's own `.env` files say, which the owner can't read. In another user's folder, root has none. */
export function ownVariables(environments: string): EnvVariables {
  const isRoots = fs.statSync(environments, { throwIfNoEntry: false })?.uid === 0;
  const here = workingFolder();
  return { ...(isRoots ? ownDotEnv(environments) : {}), ...(here === undefined ? {} : ownDotEnv(here)) };
}

function endOf(child: ChildProcess, { account, command }: OwnersRun): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(cannotRun(account, command, systemCode(error) ?? 'unknown', error)));
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

/** Writes an output, unless it is empty because the run has failed and reported that. */
function writeOutput(output: Output | undefined, text: string): void {
  if (output !== undefined && text !== '') writeWhole(output.file, text, output.kind);
}

/** @throws Failure `cannot_run_as_owner` when the user can't read the program */
export function checkReach(account: Account, command: string): void {
  const [, program = ''] = process.argv;
  const closed = [process.execPath, program, __filename].find((file) => !canRead(account, file));
  if (closed !== undefined) throw cannotRun(account, command, `${closed} is out of that user's reach`);
}

function cannotRun(account: Account | undefined, command: string, why: string, cause?: unknown): Error {
  return invalid(
    'cannot_run_as_owner',
    `the environment belongs to another user, and root can't work as that user here: ${why}`,
    `run it as that user: sudo -u ${userWord(account)} npx evergrant ${command} (in a container: --user ${account?.uid ?? 0}:${account?.gid ?? 0})`,
    cause,
  );
}

/** A user as a word for sudo in a shell. */
export function userWord(account: Account | undefined): string {
  return shellQuoted(account?.name ?? `#${account?.uid ?? 0}`);
}

/**
 * Makes the folder for reports in a folder of root's, where the owner couldn't, and gives it to the owner.
 * @throws Failure `no_report_folder` when the owner can't write there
 */
export function giveReportFolder(folder: string, { uid, gid }: Account): void {
  const there = fs.lstatSync(folder, { throwIfNoEntry: false });
  if ((there ?? nearestAbove(folder))?.uid === uid) return; // the owner can make it
  if (there !== undefined || nearestAbove(folder)?.uid !== 0) {
    throw invalid(
      'no_report_folder',
      `${folder} doesn't belong to the environment's owner, who writes the reports`,
      `name another folder with --report, or give it to its user: sudo chown ${uid} ${shellQuoted(folder)}`,
    );
  }
  makeFolders(path.dirname(folder));
  fs.mkdirSync(folder, { mode: 0o700 });
  fs.lchownSync(folder, uid, gid);
}
