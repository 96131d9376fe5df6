import type { Command } from 'commander';
import { exitCodes, invalid, type Failure } from '../errors';
import { accountOf, nearestAbove, type Account } from '../owner/owners';
import type { Console } from '../terminal/console';
import { formatCommand, takesSeveral, type CommandLine } from './command-line';
import {
  checkReach,
  giveReportFolder,
  ownVariables,
  runAs,
  userWord,
  type Output,
  type OwnersEnd,
  type OwnersRun,
} from './run-as';

/** An environment, as named or listed, and its owner; 0 for root. */
export interface Holding {
  readonly name: string;
  readonly owner: { readonly uid: number; readonly gid: number };
}

/**
 * Runs a command once for each owner, and returns the exit code of all.
 * @throws Failure `invalid` when that can't be done
 */
export async function runForOwners(line: CommandLine, holdings: readonly Holding[], console: Console): Promise<number> {
  const owners = new Map(holdings.map(({ owner }) => [owner.uid, owner]));
  const accounts = [...owners.values()].map((owner) => (owner.uid === 0 ? undefined : accountOf(owner)));
  for (const account of accounts) if (account !== undefined) checkReach(account, formatCommand(line));
  const [only] = accounts;
  if (accounts.length === 1 && only !== undefined) return (await runAs(wholeRun(line, only))).code;
  return await runShares(line, holdings, accounts, console);
}

function wholeRun(line: CommandLine, account: Account): OwnersRun {
  const { args, command } = line;
  const { report, html, metrics } = command.opts<{ report?: string; html?: string; metrics?: string }>();
  if (report !== undefined) giveReportFolder(report, account);
  const outputs: Output[] = [
    ...(html === undefined ? [] : [{ file: html, kind: 'page' as const }]),
    ...(metrics === undefined ? [] : [{ file: metrics, kind: 'metrics' as const }]),
  ];
  const isOwners = ({ file }: Output): boolean => nearestAbove(file)?.uid === account.uid;
  const asked = outputs.filter((output) => !isOwners(output));
  return { account, args, isCollected: false, isShare: false, outputs: asked, ...fromLine(line, account) };
}

/** What a run is told of the command line. A command that root's own `.env` has fed runs as root again: the owner can't read that file. */
function fromLine(
  line: CommandLine,
  account: Account | undefined,
): Pick<OwnersRun, 'folder' | 'invocation' | 'command'> {
  const isAsRoot = account === undefined || Object.keys(ownVariables(line.folder)).length > 0;
  const owner = isAsRoot ? undefined : (account.name ?? `#${account.uid}`);
  return { folder: line.folder, invocation: line.invocation(owner), command: formatCommand(line) };
}

async function runShares(
  line: CommandLine,
  holdings: readonly Holding[],
  accounts: readonly (Account | undefined)[],
  console: Console,
): Promise<number> {
  const { json: isCollected = false } = line.command.opts<{ json?: true }>();
  if (!takesSeveral(line.command) || isWhole(line.command)) throw severalOwners(accounts, formatCommand(line));
  const ends: OwnersEnd[] = [];
  for (const account of accounts) {
    const others = holdings.filter(({ owner }) => owner.uid !== (account?.uid ?? 0)).map(({ name }) => name);
    const args = withoutOperands(line, others);
    ends.push(await runAs({ account, args, isCollected, isShare: true, outputs: [], ...fromLine(line, account) }));
  }
  const names = holdings.map(({ name }) => name);
  const documents = ends.map(({ stdout }) => stdout);
  if (isCollected) console.print(JSON.stringify(mergeDocuments(documents, names), null, 2));
  return worstOf(ends.map(({ code }) => code));
}

/** Whether something is asked for that only one run can make. */
function isWhole(command: Command): boolean {
  const { report, html, metrics, watch, secretFrom } = command.opts<Record<string, unknown>>();
  return [report, html, metrics, watch].some((one) => one !== undefined) || secretFrom === '-'; // read once only
}

function severalOwners(accounts: readonly (Account | undefined)[], command: string): Failure {
  const users = accounts.map((account) => account?.name ?? `#${account?.uid ?? 0}`);
  const user = accounts.find((account) => account !== undefined);
  return invalid(
    'several_owners',
    `these environments belong to several users (${users.join(', ')}), and this can be done for one at a time only`,
    `name one environment, or run it as each user: sudo -u ${userWord(user)} npx evergrant ${command}`,
  );
}

/** The command line with some operands removed. An option's value is no operand. */
function withoutOperands({ args, command }: CommandLine, operands: readonly string[]): readonly string[] {
  const options = [...command.options, ...(command.parent?.options ?? [])];
  const takesNext = (word: string | undefined): boolean =>
    options.some((option) => option.required && (option.short === word || option.long === word));
  return args.filter((word, at) => !operands.includes(word) || takesNext(args[at - 1]));
}

/** Merges the lists of several JSON documents into one, with the environments in the order in which they were named. */
export function mergeDocuments(texts: readonly string[], names: readonly string[]): object {
  const lists = texts
    .filter((text) => text.trim() !== '')
    .flatMap((text) => Object.entries(JSON.parse(text) as object));
  const merged = new Map<string, unknown[]>();
  for (const [key, list] of lists) merged.set(key, [...(merged.get(key) ?? []), ...(list as unknown[])]); // ours are lists
  const placeOf = (one: unknown): number => names.indexOf((one as { environment?: string }).environment ?? '');
  return Object.fromEntries([...merged].map(([key, list]) => [key, list.toSorted((a, b) => placeOf(a) - placeOf(b))]));
}

/** The most severe of the exit codes; a signal's is the most severe. */
export function worstOf(codes: readonly number[]): number {
  const order: readonly number[] = [...Object.values(exitCodes), 0];
  return codes.find((code) => !order.includes(code)) ?? order.find((code) => codes.includes(code)) ?? 0;
}
