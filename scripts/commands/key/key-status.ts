import type { Command } from 'commander';
import type { Context } from '../../context';
import { exitCodes } from '../../errors';
import { keyFacts, type KeyFacts } from '../../manage/sealing/key-facts';
import { keyClasses } from '../../sealing/wrapping-keys';
import { counted } from '../../text/count';
import { command, type Run } from '../options';

export function define(group: Command, run: Run): void {
  command(
    group,
    'status',
    'which key this process has, which data keys it opens, and what is sealed with them; exit code 2 where it opens none',
    'key status',
  )
    .option('--json', 'print JSON')
    .action(({ json = false }: { json?: boolean }) => run((context) => keyStatus(json, context)));
}

/** Prints the facts; no secret is read or shown. @throws Failure `invalid` where there is no key ring */
export async function keyStatus(isJson: boolean, context: Context): Promise<number> {
  const facts = await keyFacts(context);
  if (isJson) context.console.print(JSON.stringify(facts, null, 2));
  else for (const line of linesOf(facts)) context.console.print(line);
  return facts.dataKeys.every((key) => opens(facts, key)) ? 0 : exitCodes.invalid;
}

/** Whether the key that is there opens a data key, or its half for access tokens where it has no more. */
function opens({ has }: KeyFacts, { openedBy }: KeyFacts['dataKeys'][number]): boolean {
  const held = keyClasses.filter((kind) => has[kind] !== undefined);
  return held.length > 0 && held.every((kind) => openedBy[kind].includes(has[kind] ?? ''));
}

function linesOf(facts: KeyFacts): string[] {
  const { isSealing, except, source, problem, has, dataKeys, unsealed, recipients } = facts;
  const names = except.join(', ');
  const policy = isSealing
    ? `everything that is written is sealed${except.length === 0 ? '' : `, except ${names}`}`
    : `nothing is sealed${except.length === 0 ? ' yet: npx evergrant seal --all' : `, except ${names}`}`;
  const held = keyClasses.filter((kind) => has[kind] !== undefined).map((kind) => `${kind} ${has[kind] ?? ''}`);
  const key =
    source === null
      ? 'this process has no key: EVERGRANT_KEY_FILE says where it is'
      : `key in ${source}: ${held.join(', ') || (problem ?? 'nothing')}`;
  return [
    `${facts.ring}: ${policy}`,
    key,
    ...dataKeys.map((one, at) => lineOf(one, at === 0, facts)),
    recipients.length === 0
      ? 'no escrow, so nobody can open anything once the key is lost: npx evergrant key rotate --escrow PUBLIC_KEY'
      : `escrow for ${recipients.join(', ')}`,
    ...(unsealed === 0
      ? []
      : [`${counted(unsealed, 'environment')} with secrets that are not sealed: npx evergrant seal --all`]),
  ];
}

function lineOf(key: KeyFacts['dataKeys'][number], isNewest: boolean, facts: KeyFacts): string {
  const state = isNewest ? 'newest' : 'older';
  const use = `${counted(key.environments, 'environment')} sealed with it`;
  const opened = opens(facts, key) ? 'opened by this key' : 'not opened by this key';
  return `data key ${key.id} (${state}, made ${key.madeAt.slice(0, 10)}): ${use}, ${opened}`;
}
