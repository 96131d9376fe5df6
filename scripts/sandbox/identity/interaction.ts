import type { Context } from 'koa';
import type { Interaction, InteractionResults, Provider } from 'oidc-provider';
import { field, fields } from '../http/form';
import { consentPage, errorPage, signInPage } from '../http/pages';
import { giveConsent } from '../world/consents';
import { limitReached } from '../world/limits';
import { findOrganisation, findUser } from '../world/organisations';
import { identityScopes, splitScopes } from '../world/scopes';
import type { World } from '../world/world';
import { audience } from './claims';

const resumePath = /^\/identity\/connect\/authorize\/([\w-]+)$/;

/** The consent link that a page belongs to, found by its ReturnUrl because one browser may have several open. */
async function findInteraction(provider: Provider, ctx: Context): Promise<Interaction | undefined> {
  const returnUrl = new URLSearchParams(ctx.querystring).get('ReturnUrl') ?? '';
  const id = resumePath.exec(returnUrl)?.[1];
  return id === undefined ? undefined : provider.Interaction.find(id);
}

/** GET /identity/user/login: the sign-in page; for a user who is signed in, the choice of organisations. */
export async function showPage(world: World, provider: Provider, ctx: Context): Promise<void> {
  const interaction = await findInteraction(provider, ctx);
  if (!interaction) return showExpired(ctx);
  ctx.type = 'html';
  ctx.body = pageFor(world, ctx, interaction);
}

function pageFor(world: World, ctx: Context, interaction: Interaction): string {
  const action = `/identity/user/login?${ctx.querystring}`;
  if (interaction.prompt.name === 'login') return signInPage({ action, users: [...world.users.values()] });
  const user = findUser(world, interaction.session?.accountId);
  return consentPage({
    action,
    appName: world.apps.get(String(interaction.params['client_id']))?.name ?? '',
    userName: user ? `${user.givenName} ${user.familyName}` : '',
    organisations: [...world.organisations.values()],
    scopes: scopesOf(interaction),
    complaint: ctx.method === 'POST' ? 'choose at least one organisation of this list' : undefined,
  });
}

function scopesOf(interaction: Interaction): string[] {
  const { scope } = interaction.params;
  return splitScopes(typeof scope === 'string' ? scope : '');
}

/** POST /identity/user/login: the user signs in, allows or cancels. */
export async function takeAnswer(world: World, provider: Provider, ctx: Context): Promise<void> {
  const interaction = await findInteraction(provider, ctx);
  if (!interaction) return showExpired(ctx);
  const limit = limitOf(world, ctx, interaction);
  if (limit !== undefined && world.variants.limitShown !== 'callback') return showLimit(ctx, limit);
  const result = await resultOf(world, provider, ctx, interaction);
  if (result === undefined) return showPage(world, provider, ctx);
  interaction.result = 'error' in result ? result : { ...interaction.lastSubmission, ...result };
  await interaction.persist();
  ctx.redirect(interaction.returnTo);
}

async function resultOf(
  world: World,
  provider: Provider,
  ctx: Context,
  interaction: Interaction,
): Promise<InteractionResults | undefined> {
  const answer = field(ctx, 'answer');
  if (answer === 'cancel')
    return { error: 'access_denied', error_description: 'The resource owner denied the request' };
  if (interaction.prompt.name === 'login') return signIn(world, ctx);
  return answer === 'allow' ? allow(world, provider, ctx, interaction) : undefined;
}

function signIn(world: World, ctx: Context): InteractionResults | undefined {
  const user = findUser(world, field(ctx, 'user'));
  return user && { login: { accountId: user.accountId, amr: ['pwd'] } };
}

async function allow(
  world: World,
  provider: Provider,
  ctx: Context,
  interaction: Interaction,
): Promise<InteractionResults | undefined> {
  const accountId = interaction.session?.accountId;
  const chosen = chosenTenants(world, ctx);
  if (accountId === undefined || chosen.length === 0) return undefined;
  const limit = limitOf(world, ctx, interaction);
  if (limit !== undefined) return { error: 'access_denied', error_description: limit };
  const clientId = String(interaction.params['client_id']);
  const consent = giveConsent(world, { clientId, accountId, scopes: scopesOf(interaction), tenantIds: chosen });
  const grant = new provider.Grant({ clientId, accountId });
  grant.jti = consent.authEventId;
  grant.addOIDCScope(consent.scopes.filter((scope) => identityScopes.includes(scope)));
  grant.addResourceScope(audience, [...consent.scopes]);
  await grant.save();
  interaction.params['scope'] = consent.scopes.join(' ');
  return { consent: { grantId: consent.authEventId } };
}

function chosenTenants(world: World, ctx: Context): string[] {
  return fields(ctx, 'organisation').flatMap((one) => findOrganisation(world, one)?.tenantId ?? []);
}

/** Why Xero connects none of what was chosen to this app; undefined when it does. */
function limitOf(world: World, ctx: Context, { params }: Interaction): string | undefined {
  const app = world.apps.get(String(params['client_id']));
  return app && field(ctx, 'answer') === 'allow' ? limitReached(world, app, chosenTenants(world, ctx)) : undefined;
}

function showLimit(ctx: Context, limit: string): void {
  ctx.status = 500;
  ctx.type = 'html';
  ctx.body = errorPage('access_denied', limit, 'The app is not connected. Only its makers can change that.');
}

function showExpired(ctx: Context): void {
  ctx.status = 500;
  ctx.type = 'html';
  ctx.body = errorPage(
    'invalid_request',
    'This sign-in has expired',
    'A page to sign in is good for one answer within an hour: open the link again.',
  );
}

/** GET /identity/error: HTTP 500, and a body that names the parameter at fault. */
export function showError(ctx: Context): void {
  const id = new URLSearchParams(ctx.querystring).get('errorId') ?? '';
  const [error, description] = readErrorId(id);
  ctx.status = 500;
  ctx.type = 'html';
  ctx.body = errorPage(error, description);
}

function readErrorId(id: string): [string, string] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(id, 'base64url').toString());
    return Array.isArray(parts) ? [String(parts[0]), String(parts[1])] : ['server_error', ''];
  } catch {
    return ['server_error', '']; // the address was not made by errorId
  }
}
