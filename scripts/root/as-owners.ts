import type { Command } from 'commander';
import { environmentFile, listEnvironments, resolveEnvironment } from '../environment/files/files';
import { exitCodes, Failure, invalid } from '../errors';
import { accountOf, nearestAbove, ownerOf, type Account } from '../owner/owners';
import type { Console } from '../terminal/console';
import { checkReach, giveReportFolder, runAs, type Output, type OwnersEnd, type OwnersRun } from './run-as';

/** Commands for any number of environments, or all of a folder: these can be run once for each owner. */
const ofSeveral: readonly string[] = ['refresh', 'status', 'doctor'];

/** Commands that touch no environment: root runs them itself. */
const ofNone: readonly string[] = ['schedule', 'lint', 'sandbox', 'help'];

/** An environment, as named or listed, and its owner; 0 for root. */
interface Holding {
  readonly name: string;
  readonly owner: { readonly uid: number; readonly gid: number };
}

/** The parts of a command line that root needs. */
export interface CommandLine {
  readonly args: readonly string[];
  readonly command: Command;
  readonly folder: string;
}

/**
 * Runs the same command as each owner of the environments, and returns the exit code of all; undefined when everything
 * is root's own. Root never works in a user's folder itself: a link there could make it write anywhere, and the user
 * could not read the files that it makes.
 * @throws Failure `invalid` when that can't be done
 */
export async function runAsOwners(line: CommandLine, console: Console): Promise<number | undefined> {
  const holdings = ofNone.includes(line.command.name()) ? [] : holdingsOf(line);
  const owners = new Map(holdings.map(({ owner }) => [owner.uid, owner]));
  if ([...owners.keys()].every((uid) => uid === 0)) return undefined;
  const accounts = [...owners.values()].map((owner) => (owner.uid === 0 ? undefined : accountOf(owner)));
  for (const account of accounts) if (account !== undefined) checkReach(account);
  const [only] = accounts;
  if (accounts.length === 1 && only !== undefined) return (await runAs(wholeRun(line, only))).code;
  return await runShares(line, holdings, accounts, console);
}

function holdingsOf({ command, folder }: CommandLine): Holding[] {
  const names = namesIn(command);
  if (names === undefined) return [];
  if (names.length > 0) return names.map((name) => ({ name, owner: ownerOf(fileOf(folder, name)) }));
  const listed = listedIn(folder).map((name) => ({ name, owner: ownerOf(environmentFile(folder, name)) }));
  return listed.length > 0 ? listed : [{ name: '', owner: ownerOf(environmentFile(folder, 'any')) }];
}

/** The environments that a command names; empty for the whole folder, undefined when it uses no environment. */
function namesIn(command: Command): readonly string[] | undefined {
  const { live } = command.opts<{ live?: string }>();
  if (command.name() === 'qa') return live === undefined ? undefined : [live];
  if (ofSeveral.includes(command.name())) return command.args;
  const [first] = command.args;
  return first === undefined || /^\s*["'<]?\s*https?:/i.test(first) ? [] : [first];
}

/** The file for a name; for an invalid name any file of the folder, and the command will report it. */
function fileOf(folder: string, name: string): string {
  try {
    return resolveEnvironment(folder, name).file;
  } catch (error) {
    if (error instanceof Failure) return environmentFile(folder, 'any');
    throw error;
  }
}

function listedIn(folder: string): readonly string[] {
  try {
    return listEnvironments(folder);
  } catch (error) {
    if (error instanceof Failure) return [];
    throw error;
  }
}

function wholeRun({ args, command }: CommandLine, account: Account): OwnersRun {
  const { report, html, metrics } = command.opts<{ report?: string; html?: string; metrics?: string }>();
  if (report !== undefined) giveReportFolder(report, account);
  const outputs: Output[] = [
    ...(html === undefined ? [] : [{ file: html, readers: 'owner' as const }]),
    ...(metrics === undefined ? [] : [{ file: metrics, readers: 'anybody' as const }]),
  ];
  const isOwners = ({ file }: Output): boolean => nearestAbove(file)?.uid === account.uid;
  return { account, args, isCollected: false, isShare: false, outputs: outputs.filter((output) => !isOwners(output)) };
}

async function runShares(
  line: CommandLine,
  holdings: readonly Holding[],
  accounts: readonly (Account | undefined)[],
  console: Console,
): Promise<number> {
  const { json: isCollected = false } = line.command.opts<{ json?: true }>();
  refuseShares(line.command, accounts);
  const ends: OwnersEnd[] = [];
  for (const account of accounts) {
    const others = holdings.filter(({ owner }) => owner.uid !== (account?.uid ?? 0)).map(({ name }) => name);
    const args = withoutOperands(line, others);
    ends.push(await runAs({ account, args, isCollected, isShare: true, outputs: [] }));
  }
  const names = holdings.map(({ name }) => name);
  if (isCollected)
    console.print(
      JSON.stringify(
        mergeDocuments(
          ends.map(({ stdout }) => stdout),
          names,
        ),
        null,
        2,
      ),
    );
  return worstOf(ends.map(({ code }) => code));
}

function refuseShares(command: Command, accounts: readonly (Account | undefined)[]): void {
  const options = command.opts<{ report?: string; html?: string; metrics?: string; watch?: true }>();
  const isWhole = [options.report, options.html, options.metrics, options.watch].some((one) => one !== undefined);
  if (ofSeveral.includes(command.name()) && !isWhole) return;
  const users = accounts.map((account) => account?.name ?? `#${account?.uid ?? 0}`);
  const user = users.find((one) => one !== '#0') ?? '';
  throw invalid(
    'several_owners',
    `these environments belong to several users (${users.join(', ')}), and this can be done for one at a time only`,
    `name one environment, or run it as each user: sudo -u '${user}' npx evergrant …`,
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
