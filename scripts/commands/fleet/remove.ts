import type { Command } from 'commander';
import { environmentNamed, storeOf, type Context } from '../../context';
import type { Environment } from '../../environment/environment';
import { grantOf } from '../../environment/grant';
import { readable } from '../../environment/store';
import { heldName } from '../../environment/tenant';
import { invalid, type Failure } from '../../errors';
import { renameForClients } from '../../manage/clients-follow';
import { forgetPolicy } from '../../manage/sealing/policy';
import { command, duration, type Run } from '../options';
import { revoke } from '../revoke';

export interface RemoveCommand {
  readonly name: string;
  /** Whether nobody is asked, and a live connection may go. */
  readonly isSure: boolean;
  /** End the consent at Xero first. */
  readonly revokes: boolean;
  readonly waitMs: number;
}

interface RemoveFlags {
  readonly yes?: boolean;
  readonly revoke?: boolean;
  readonly wait: number;
}

export function define(program: Command, run: Run): void {
  command(
    program,
    'remove <name>',
    'remove an environment and all tokens that are kept for it; its history stays',
    'remove acme --revoke',
  )
    .option('--yes', 'do not ask, and remove a live connection, too')
    .option('--revoke', 'end the consent at Xero first')
    .addOption(duration('--wait <duration>', 'how long to wait for another process', '30s'))
    .action((name: string, { yes = false, revoke: revokes = false, wait }: RemoveFlags) =>
      run((context) => remove({ name, isSure: yes, revokes, waitMs: wait }, context)),
    );
}

/** Removes an environment after a question; a live connection only where that was said. @throws Failure `invalid` */
export async function remove(options: RemoveCommand, context: Context): Promise<number> {
  const { isSure, revokes, waitMs } = options;
  const stored = environmentNamed(context, options.name);
  const there = await readable(stored);
  const mayGo = (environment: Environment | undefined): void => {
    if (!isSure && environment !== undefined && isLive(environment, context)) throw alive(environment);
  };
  if (!revokes) mayGo(there);
  if (!isSure) await ask(stored.name, revokes, context);
  if (revokes && there !== undefined && isLive(there, context)) await revoke({ name: options.name }, context);
  const store = storeOf(context);
  await store.remove(options.name, waitMs, mayGo);
  await renameForClients(store, stored.name, undefined);
  await forgetPolicy(store, stored.name);
  context.console.print(`${stored.name}: removed`);
  return 0;
}

/** Unlike other questions, this one is not answered by the lack of a terminal: what is removed is gone. */
async function ask(name: string, revokes: boolean, { console }: Context): Promise<void> {
  const what = revokes ? 'end its consent at Xero, then remove it' : 'remove it';
  const answer = await console.ask(`${name}: ${what}, with all tokens that are kept for it? [y/N]`, 'shown');
  if (/^y(es)?$/i.test(answer ?? '')) return;
  const why = answer === undefined ? 'remove asks first, and there is no terminal' : 'it was not confirmed';
  const command = `npx evergrant remove ${name}${revokes ? ' --revoke' : ''} --yes`;
  throw invalid('not_confirmed', `${why}: nothing was removed`, `without a question: ${command}`);
}

function isLive(environment: Environment, context: Context): boolean {
  return ['connected', 'interrupted'].includes(grantOf(environment, context.now()).state);
}

function alive(environment: Environment): Failure {
  const { name } = environment;
  const organisation = heldName(environment);
  const what = organisation === '' ? 'connected' : `connected to ${organisation}`;
  return invalid(
    'connected',
    `${name} is ${what}: nothing was removed`,
    `end that first: npx evergrant remove ${name} --revoke, or remove it as it is: npx evergrant remove ${name} --yes`,
  );
}
