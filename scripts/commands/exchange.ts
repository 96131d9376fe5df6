import type { Command } from 'commander';
import { callbackFailure, parseCallback } from '../consent/callback';
import { connect, takeOverAside, type ConnectOptions } from '../consent/connect';
import { formatOldLink, printConnected } from '../consent/connected';
import { findByState } from '../consent/find-environment';
import { peekState } from '../consent/state';
import { environmentNamed, type Context } from '../context';
import { valueOf } from '../environment/environment';
import { isName } from '../environment/files/files';
import type { StoredEnvironment } from '../environment/store';
import { command, duration, type Run } from './options';

export interface ExchangeCommand extends ConnectOptions {
  readonly name?: string;
  readonly callbackUrl?: string;
  readonly isJson: boolean;
}

interface ExchangeFlags {
  readonly json?: boolean;
  readonly expectTenant?: string;
  readonly replace?: boolean;
  readonly patience: number;
  readonly wait: number;
}

/** In the place of the callback URL: it comes from there, as it does where it is left out and no terminal asks for it. */
const fromStdin = '-';

export function define(program: Command, run: Run): void {
  command(
    program,
    'exchange [name] [callback-url]',
    'store the tokens of a consent; the callback URL from the argument or stdin (-)',
    `exchange acme 'https://example.com/callback?code=…&state=…'`,
  )
    .option('--json', 'print JSON')
    .addOption(duration('--patience <duration>', 'how long to go on asking', '60s'))
    .addOption(duration('--wait <duration>', 'how long to wait for another process', '30s'))
    .option('--expect-tenant <tenant>', 'refuse any other organisation, by id or name')
    .option('--replace', 'let another organisation take the place of the one held')
    .action((first: string | undefined, second: string | undefined, flags: ExchangeFlags) => {
      const { json = false, expectTenant, replace = false, patience, wait } = flags;
      const options = { isJson: json, patienceMs: patience, waitMs: wait, mayReplace: replace, expectTenant };
      return run((context) => exchange({ ...nameAndUrl(first, second), ...options }, context));
    });
}

/** Both arguments may be left out. A single argument that begins with http is the callback URL, as is `-`, for stdin. */
function nameAndUrl(first: string | undefined, second: string | undefined): { name?: string; callbackUrl?: string } {
  const isUrl = (text: string): boolean => text === fromStdin || /^\s*(?:["'<]\s*)?https?:/i.test(text);
  if (first === undefined) return {};
  if (second === undefined) return isUrl(first) ? { callbackUrl: first } : { name: first };
  return { name: first, callbackUrl: second };
}

/** Turns the callback URL of a consent into tokens, saves them, then finds out which organisation they are for. */
export async function exchange(options: ExchangeCommand, context: Context): Promise<number> {
  const aside = await asideOf(options, context);
  if (aside !== undefined) {
    printConnected(await takeOverAside(aside, options, context), options.isJson, context);
    return 0;
  }
  const callback = parseCallback(await pastedUrl(options, context));
  if (callback.kind === 'error') throw callbackFailure(callback, options.name ?? nameIn(callback.state));
  const stored =
    options.name === undefined ? await findByState(callback.state, context) : environmentNamed(context, options.name);
  const connected = await connect(stored, callback, options, context);
  printConnected(connected, options.isJson, context);
  const oldLink = formatOldLink(callback.state, connected.environment.name);
  if (oldLink !== undefined) context.console.say(`${context.console.style.yellow('ATTENTION')}: ${oldLink}`);
  return 0;
}

/** The named environment, when `--replace` shall accept the tokens of its refused consent; else undefined. */
async function asideOf(
  { name, callbackUrl, mayReplace }: ExchangeCommand,
  context: Context,
): Promise<StoredEnvironment | undefined> {
  if (name === undefined || callbackUrl !== undefined || mayReplace !== true) return undefined;
  const stored = environmentNamed(context, name);
  return valueOf(await stored.read(), 'callback_url') === '' && (await stored.hasAside()) ? stored : undefined;
}

async function pastedUrl({ callbackUrl, name }: ExchangeCommand, context: Context): Promise<string> {
  if (callbackUrl === fromStdin) return await context.console.readInput();
  if (callbackUrl !== undefined) return callbackUrl;
  const kept = name === undefined ? '' : valueOf(await environmentNamed(context, name).read(), 'callback_url');
  if (kept !== '') return kept;
  const typed = await context.console.ask('paste the address the browser ended at', 'hidden');
  return typed ?? (await context.console.readInput());
}

/** For a hint only: the state is not verified here, so it may hold anything. */
function nameIn(state: string): string {
  const name = peekState(state)?.name ?? '';
  return isName(name) ? name : 'NAME';
}
