import type { Command } from 'commander';
import { apiFailure } from '../consent/connections';
import { askConnections } from '../consent/organisation';
import { environmentNamed, runnerOf, type Context } from '../context';
import { has, valueOf, type Environment } from '../environment/environment';
import { consentNeeded, generationOf, grantOf } from '../environment/grant';
import { plainName } from '../environment/plain-name';
import { recordChange } from '../environment/record-change';
import { credentialKeys, requireSettings, settingsOf } from '../environment/settings';
import type { StoredEnvironment } from '../environment/store';
import { heldName } from '../environment/tenant';
import { Failure, invalid } from '../errors';
import { withAccess } from '../fleet/valid-access';
import type { RequestName } from '../newman/requests';
import { forOneRequest } from '../refresh/access';
import type { Answer } from '../refresh/token-answer';
import { errorCodeOf } from '../refresh/token-response';
import { confirm } from '../terminal/confirm';
import { command, type Run } from './options';

export interface RevokeCommand {
  readonly name: string;
  /** The connection to remove. Undefined: the whole consent is revoked. */
  readonly connectionId?: string | undefined;
  /** Ask a person on a terminal first, with the names of the organisations that end. */
  readonly asks?: boolean | undefined;
}

export function define(program: Command, run: Run): void {
  command(program, 'revoke <name>', 'disconnect at Xero, then mark the environment', 'revoke acme')
    .option('--connection <id>', 'remove this connection only')
    .option('--yes', 'on a terminal: do not ask first')
    .action((name: string, { connection, yes = false }: { connection?: string; yes?: boolean }) =>
      run((context) => revoke({ name, connectionId: connection, asks: !yes }, context)),
    );
}

/** Disconnects at Xero, then marks the environment, so that no later run uses tokens that have ended. */
export async function revoke({ name, connectionId, asks }: RevokeCommand, context: Context): Promise<number> {
  const stored = environmentNamed(context, name);
  const isAsked = asks === true && context.console.isTerminal;
  if (connectionId !== undefined) {
    await removeConnection(stored, connectionId, isAsked, context);
    return 0;
  }
  if (isAsked) await confirmRevoking(stored, context);
  await revokeConsent(stored, context);
  return 0;
}

/** Names all that ends: every organisation of the user who consented, also of other environments. */
async function confirmRevoking(stored: StoredEnvironment, context: Context): Promise<void> {
  const environment = await stored.read();
  if (!has(environment, 'refresh_token')) return; // nothing ends, and the refusal says why
  const names = await namesThatEnd(stored, environment, context);
  const question = `this ends the connection of ${names} to this app at Xero, until somebody consents again. Go on?`;
  await confirm(context.console, question, `npx evergrant revoke ${stored.name} --yes`);
}

async function namesThatEnd(stored: StoredEnvironment, held: Environment, context: Context): Promise<string> {
  const own = heldName(held) || stored.name;
  try {
    const environment = await withAccess(stored, forOneRequest, context);
    const connections = await askConnections(stored, environment, context, runnerOf(context));
    const names = connections.map((connection) => plainName(connection.tenantName) || connection.tenantId);
    return [...new Set([own, ...names])].join(', ');
  } catch (error) {
    if (!(error instanceof Failure) || error.kind === 'bug') throw error;
    return `${own} and of every other organisation of its user`;
  }
}

/** Revokes the refresh token (RFC 7009): Xero ends the consent and removes all of this user's connections. */
async function revokeConsent(stored: StoredEnvironment, context: Context): Promise<void> {
  const grant = grantOf(await stored.read(), context.now());
  // An interrupted refresh may have left a newer token with Xero: it has to be fetched to be revoked.
  if (grant.refreshStartedAt !== null) await withAccess(stored, forOneRequest, context);
  const locked = await stored.lock(forOneRequest.waitMs);
  try {
    const environment = await locked.read();
    const settings = settingsOf(environment, context.env(), stored.where);
    if (settings.appType === 'custom_connection') throw endedInPortal(stored.name);
    if (settings.value('refresh_token') === '')
      throw consentNeeded(stored.name, 'there is no refresh token to revoke', 'never_connected');
    requireSettings(settings, ['revocation_url', ...credentialKeys(settings.appType)], stored.where);
    const name = valueOf(environment, 'tenant_name') || valueOf(environment, 'tenant_id') || environment.name;
    const answer = await sendOnce(context, settings, 'Revoke consent', confirmed(name));
    if (answer.kind === 'lost' || answer.status !== 200) throw revocationFailure(answer, stored.name);
    await locked.write({
      grant_status: 'consent_needed',
      generation: String(generationOf(environment) + 1),
      access_token: '',
      refresh_token: '',
      access_token_expires_at: '',
      refresh_token_expires_at: '',
      refresh_started_at: '',
    });
    await locked.keepHeld(); // so that an older copy of the file is known for one
    await recordChange(stored, 'disconnected', { before: environment, after: await locked.read() }, context);
  } finally {
    await locked.release();
  }
  context.console.print(`${stored.name}: disconnected at Xero`);
  context.console.tell(`to connect again: npx evergrant consent ${stored.name}`);
}

/** Removes one connection; the tokens stay good for the others of this user. */
async function removeConnection(
  stored: StoredEnvironment,
  connectionId: string,
  isAsked: boolean,
  context: Context,
): Promise<void> {
  const environment = await withAccess(stored, forOneRequest, context);
  const connection = (await askConnections(stored, environment, context, runnerOf(context))).find(
    ({ id }) => id === connectionId,
  );
  if (connection === undefined) {
    throw invalid(
      'no_connection',
      `${stored.name} has no connection with this id`,
      `list them: npx evergrant connections ${stored.name}`,
    );
  }
  const settings = settingsOf(environment, context.env(), stored.where);
  const isHeld = connection.tenantId === valueOf(environment, 'tenant_id');
  const name = (isHeld && valueOf(environment, 'tenant_name')) || connection.tenantName || connection.tenantId;
  if (isAsked) {
    const command = `npx evergrant revoke ${stored.name} --connection ${connectionId} --yes`;
    await confirm(context.console, `this ends the connection of ${name} to this app at Xero. Go on?`, command);
  }
  const variables = { connection_id: connectionId, ...confirmed(name) };
  const answer = await sendOnce(context, settings, 'Remove connection', variables);
  if (answer.kind === 'lost' || ![204, 404].includes(answer.status))
    throw apiFailure(answer, 'way to remove the connection', stored.name);
  context.console.print(`${stored.name}: ${connection.tenantName || connection.tenantId} disconnected at Xero`);
  if (!isHeld) return;
  const locked = await stored.lock(forOneRequest.waitMs);
  try {
    await locked.write({ grant_status: 'consent_needed', tenant_id: '', tenant_name: '' });
  } finally {
    await locked.release();
  }
}

/** The confirmation that the collection asks a person for. Here the command itself is the confirmation. */
function confirmed(name: string): Record<string, string> {
  return { disconnect_confirm: name };
}

async function sendOnce(
  context: Context,
  settings: ReturnType<typeof settingsOf>,
  request: RequestName,
  variables: Record<string, string>,
): Promise<Answer> {
  let received: Answer = { kind: 'lost', code: 'no answer', sent: true };
  await runnerOf(context).send(settings, request, { variables, onAnswer: (answer) => (received = answer) });
  return received;
}

function revocationFailure(answer: Answer, name: string): Failure {
  const code = answer.kind === 'answer' && answer.status < 500 ? errorCodeOf(answer.body) : undefined;
  if (code === undefined) return apiFailure(answer, 'way to revoke the consent', name);
  const hint = 'check client_id and client_secret against the app at developer.xero.com';
  return new Failure('refused', code, `Xero refused to revoke the consent of ${name}: ${code}`, hint);
}

function endedInPortal(name: string): Failure {
  return invalid(
    'no_consent',
    `${name} is a custom connection: it is disconnected in Xero's portal`,
    "open the app at developer.xero.com, or Xero's Connected apps",
  );
}
