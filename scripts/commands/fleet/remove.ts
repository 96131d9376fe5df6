import type { Command } from 'commander';
import { environmentNamed, storeOf, type Context } from '../../context';
import type { Environment } from '../../environment/environment';
import { grantOf } from '../../environment/grant';
import { readable } from '../../environment/store';
import { heldName } from '../../environment/tenant';
import { invalid, type Failure } from '../../errors';
import { renameForClients } from '../../manage/clients-follow';
import { forgetPolicy } from '../../manage/sealing/policy';
import { shellQuoted } from '../../text/shell';
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
  const behind = stored.realFile?.();
  if (behind?.isLink === true) return await removeLink(stored.name, behind.file, options, context);
  const there = await readable(stored);
  const mayGo = (environment: Environment | undefined): void => {
    if (!isSure && environment !== undefined && isLive(environment, context)) throw alive(environment);
  };
  if (!revokes) mayGo(there);
  const what = revokes ? 'end its consent at Xero, then remove it' : 'remove it';
  const again = `remove ${stored.name}${revokes ? ' --revoke' : ''}`;
  if (!isSure) await ask(stored.name, `${what}, with all tokens that are kept for it?`, again, context);
  if (revokes && there !== undefined && isLive(there, context)) await revoke({ name: options.name }, context);
  await storeOf(context).remove(options.name, waitMs, mayGo);
  await forget(stored.name, context);
  context.console.print(`${stored.name}: removed`);
  return 0;
}

/** As `rm` does: a link goes, and the file behind it stays, with its connection. @throws Failure `invalid` */
async function removeLink(
  name: string,
  file: string,
  { name: given, isSure, revokes, waitMs }: RemoveCommand,
  context: Context,
): Promise<number> {
  const own = `npx evergrant remove ${shellQuoted(file)}`;
  if (revokes) {
    const why = `${name} is a link, and the consent is that of ${file}: nothing was revoked`;
    throw invalid(
      'a_link',
      why,
      `end that: ${own} --revoke; remove the link alone: npx evergrant remove ${name} --yes`,
    );
  }
  if (!isSure) await ask(name, 'remove this link, and leave the file behind it as it is?', `remove ${name}`, context);
  await storeOf(context).remove(given, waitMs, () => undefined);
  await forget(name, context);
  context.console.print(`${name}: removed, which was a link; ${file} stays, with its tokens`);
  return 0;
}

/** What else is kept under a name. */
async function forget(name: string, context: Context): Promise<void> {
  const store = storeOf(context);
  await renameForClients(store, name, undefined);
  await forgetPolicy(store, name);
}

/** Unlike other questions, this one is not answered by the lack of a terminal: what is removed is gone. */
async function ask(name: string, question: string, command: string, { console }: Context): Promise<void> {
  const answer = await console.ask(`${name}: ${question} [y/N]`, 'shown');
  if (/^y(es)?$/i.test(answer ?? '')) return;
  const why = answer === undefined ? 'remove asks first, and there is no terminal' : 'it was not confirmed';
  throw invalid('not_confirmed', `${why}: nothing was removed`, `without a question: npx evergrant ${command} --yes`);
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
