import { Option, type Command } from 'commander';
import { databaseOf, storeUrlOf, type Context } from '../../context';
import type { Database } from '../../environment/database/database';
import type { StoreFacts } from '../../environment/database/check/facts';
import type { StoreFinding } from '../../environment/database/check/finding';
import { exitCodes, invalid } from '../../errors';
import { counted } from '../../text/count';
import { formatDuration } from '../../text/duration';
import { command, type Run } from '../options';

export interface CheckCommand {
  /** What a database is that was made from another one: the restored backup, production from now on, or a copy for tests. */
  readonly settle: 'restored' | 'copy' | undefined;
  /** Whether nobody is asked before a copy is emptied. */
  readonly isSure: boolean;
  readonly isJson: boolean;
}

interface CheckFlags {
  readonly restored?: boolean;
  readonly copy?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function define(group: Command, run: Run): void {
  command(
    group,
    'check',
    'what about the database, and this way to it, would cost tokens; exit code 2 where something would',
    'store check',
  )
    .addOption(
      new Option(
        '--restored',
        "it is a restored backup, and production from now on: put back what this machine's receipts have",
      ).conflicts('copy'),
    )
    .option('--copy', 'it is a copy, for tests: empty all tokens and secrets in it')
    .option('--yes', 'with --copy: do not ask')
    .option('--json', 'print JSON')
    .action(({ restored = false, copy = false, yes = false, json = false }: CheckFlags) => {
      const settle = restored ? 'restored' : copy ? 'copy' : undefined;
      return run((context) => checkStore({ settle, isSure: yes, isJson: json }, context));
    });
}

/** Prints what would cost tokens, and what a person should know; settles first what a database is. @throws Failure */
export async function checkStore({ settle, isSure, isJson }: CheckCommand, context: Context): Promise<number> {
  const database = databaseOf(context);
  if (settle === 'restored') await restored(database, context);
  if (settle === 'copy') await copied(database, isSure, context);
  const { checkDatabase } =
    require('../../environment/database/check/check') as typeof import('../../environment/database/check/check');
  const { stateFolder } = context;
  const place = { database, url: storeUrlOf(context), env: context.env(), stateFolder };
  const { facts, findings } = await checkDatabase(place, context.now());
  if (isJson) context.console.print(JSON.stringify(linesOf(database, facts, findings), null, 2));
  else printAll(facts, findings, database.where, context);
  return findings.some(({ isGrave }) => isGrave) ? exitCodes.invalid : 0;
}

async function restored(database: Database, context: Context): Promise<void> {
  const { receiptsOf } =
    require('../../environment/database/database-store') as typeof import('../../environment/database/database-store');
  const { settleRestored } =
    require('../../environment/database/check/settle') as typeof import('../../environment/database/check/settle');
  const back = await settleRestored(database, await receiptsOf(database, context.stateFolder));
  const { console } = context;
  console.say(
    `${database.where} is production from now on; ${counted(back.length, 'connection')} had newer tokens on this machine`,
  );
  for (const name of back) console.say(`  ${name}: put back`);
  console.say('every other machine puts back its own when it next refreshes: npx evergrant refresh --all');
}

async function copied(database: Database, isSure: boolean, context: Context): Promise<void> {
  const { console } = context;
  if (!isSure) {
    const question = `this empties all tokens and secrets in ${database.where}. Go on? [y/N]`;
    const answer = await console.ask(question, 'shown');
    if (!/^y(es)?$/i.test(answer ?? '')) {
      const why = answer === undefined ? '--copy asks first, and there is no terminal' : 'it was not confirmed';
      throw invalid(
        'not_confirmed',
        `${why}: ${database.where} stays as it is`,
        'without a question: npx evergrant store check --copy --yes',
      );
    }
  }
  const { checkVersion } =
    require('../../environment/database/migrate') as typeof import('../../environment/database/migrate');
  const { settleCopy } =
    require('../../environment/database/check/settle') as typeof import('../../environment/database/check/settle');
  await checkVersion(database);
  const count = await settleCopy(database);
  console.say(`${database.where} is a copy from now on: ${counted(count, 'connection')} without tokens and secrets`);
}

/** `store check --json`. */
function linesOf({ where }: Database, facts: StoreFacts, findings: readonly StoreFinding[]): object {
  const { identity, server, leases, unconfirmed } = facts;
  return {
    store: {
      where,
      id: identity?.id ?? null,
      systemIdentifier: identity?.now.systemIdentifier ?? null,
      timeline: identity?.now.timeline ?? null,
      serverVersion: Math.floor(server.version / 10_000),
      user: server.user,
    },
    findings: findings.map(({ code, isGrave, problem, why, mend }) => ({
      code,
      costsTokens: isGrave,
      problem,
      why,
      mend,
    })),
    leases,
    receipts: unconfirmed.map(({ receipt, environment }) => ({
      environment: environment ?? receipt.name.replace(/#.*/, ''),
      since: receipt.at,
    })),
  };
}

const mostLeasesShown = 20;

function printAll(
  facts: StoreFacts,
  findings: readonly StoreFinding[],
  where: string,
  { console, now }: Context,
): void {
  const { style } = console;
  const { server, identity, leases } = facts;
  const timeline = identity?.now.timeline ?? null;
  const id = identity === undefined ? '' : `, store ${identity.id}${timeline === null ? '' : `, timeline ${timeline}`}`;
  console.print(`${where}: PostgreSQL ${Math.floor(server.version / 10_000)}, as ${server.user}${id}`);
  for (const { isGrave, problem, why, mend } of findings) {
    console.print(`${(isGrave ? style.red : style.yellow)(problem)}\n  ${why}\n  → ${mend}`);
  }
  for (const { environment, host, process, since } of leases.slice(0, mostLeasesShown)) {
    const age = formatDuration(Math.max(0, now().getTime() - since.getTime()));
    console.print(`${environment}: held by process ${process} on ${host}, for ${age}`);
  }
  if (leases.length > mostLeasesShown) console.print(`and ${leases.length - mostLeasesShown} more are held`);
  if (!findings.some(({ isGrave }) => isGrave)) console.print(style.green('nothing here would cost tokens'));
}
