import { Option, type Command } from 'commander';
import { storeOf, type Context } from '../../context';
import { newClientSecret, secretHash, withClient, type Client } from '../../environment/client';
import { isName } from '../../environment/names';
import { invalid, quoted, type Failure } from '../../errors';
import { parseDuration } from '../../text/duration';
import { similarTo } from '../../text/similar';
import { command, type Run } from '../options';
import { tellSecret, waitMs } from './tell';

export interface AddClientCommand {
  readonly id: string;
  /** The environments whose tokens it may have; null for all. */
  readonly environments: readonly string[] | null;
  /** Null: it is good for ever. */
  readonly livesMs: number | null;
  readonly isJson: boolean;
}

interface AddFlags {
  readonly for?: string;
  readonly all?: boolean;
  readonly expires?: number;
  readonly json?: boolean;
}

export function define(group: Command, run: Run): void {
  command(group, 'add <client>', 'add a client, and print its secret this once', 'client add reports --for acme,birch')
    .addOption(new Option('--for <environments>', 'whose tokens it may have, separated by commas').conflicts('all'))
    .option('--all', 'it may have the tokens of all environments, those to come as well')
    .addOption(new Option('--expires <duration>', 'refuse it after this time, as in 90d').argParser(parseDuration))
    .option('--json', 'print JSON')
    .action((id: string, { for: names, all = false, expires, json = false }: AddFlags) =>
      run((context) =>
        addClient({ id, environments: all ? null : namesIn(names), livesMs: expires ?? null, isJson: json }, context),
      ),
    );
}

function namesIn(list: string | undefined): readonly string[] {
  const names = [...new Set((list ?? '').split(',').map((name) => name.trim()))].filter((name) => name !== '').sort();
  if (names.length > 0) return names;
  const hint = 'as in npx evergrant client add reports --for acme, or for every environment: --all';
  throw invalid('no_environments', 'say which environments this client may have tokens of', hint);
}

/** Adds a client and prints its secret. @throws Failure `invalid`, having changed nothing */
export async function addClient(options: AddClientCommand, context: Context): Promise<number> {
  const { id, environments, livesMs, isJson } = options;
  if (!isName(id)) throw badId(id);
  if (livesMs !== null && livesMs <= 0) {
    throw invalid(
      'no_time',
      '--expires takes a time to come, and this client would never be let in',
      'as in --expires 90d',
    );
  }
  const store = storeOf(context);
  if (environments !== null) refuseUnknown(environments, await store.names());
  const [now, secret] = [context.now(), newClientSecret()];
  const expiresAt = livesMs === null ? null : new Date(now.getTime() + livesMs);
  const secrets = [{ hash: secretHash(secret), createdAt: now, endsAt: null }];
  const client: Client = { id, environments, createdAt: now, expiresAt, secrets };
  await store.clients().change((clients) => withClient(clients, client), waitMs);
  tellSecret(client, secret, isJson, context);
  return 0;
}

function refuseUnknown(wanted: readonly string[], names: readonly string[]): void {
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown === undefined) return;
  const similar = isName(unknown) ? similarTo(unknown, names) : [];
  const meant = similar.length === 0 ? '' : `did you mean ${similar.slice(0, 3).join(' or ')}? `;
  const hint = `${meant}see which there are: npx evergrant list`;
  throw invalid('no_environment', `there is no environment ${quoted(unknown)}`, hint);
}

function badId(id: string): Failure {
  const hint =
    'names are small letters, digits, dot, dash and underscore, as in npx evergrant client add reports --all';
  return invalid('bad_name', `${quoted(id)} is no name for a client`, hint);
}
