import { randomBytes } from 'node:crypto';
import { plainName } from '../../../scripts/environment/plain-name';
import { jwt } from './jwt';
import { linkState } from './link-state';
import { canary, environment, globals, send, type AppType, type Outcome, type Settings } from './send';
import type { Answer, Server } from './server';

/** What Xero may put into its answers, and what a person may put into the environment. */
export type Words = {
  readonly organisation: string;
  readonly other: string;
  readonly person: string;
  readonly email: string;
  readonly scope: string;
  readonly environment: string;
};

export const plainWords: Words = {
  organisation: 'Maple Bakery',
  other: 'Birch Books',
  person: 'Robin Doe',
  email: 'robin@maple-bakery.example',
  scope: 'accounting.invoices',
  environment: 'acme',
};

export const requestNames = [
  ...['Consent link', 'Exchange code', 'List connections', 'Refresh tokens', 'Check access', 'Get access token'],
  ...['Remove connection', 'Revoke consent'],
] as const;

const accessToken = jwt({ authentication_event_id: 'event-2', xero_userid: 'user-1' });

/** The answers of Xero with which each request succeeds. */
export function goodAnswers(request: string, words: Words = plainWords): Answer[] {
  const connections = [
    connection('one', 'event-1', words.other, '2026-10-01T10:00:00.1234567'),
    connection('two', 'event-2', words.organisation, '2026-11-22T10:00:00.1234567'),
  ];
  const list: Answer = { status: 200, body: connections };
  const answers: Record<string, Answer[]> = {
    'Consent link': [{ status: 302, headers: { Location: '/identity/user/login' } }],
    'Exchange code': [{ status: 200, body: tokenSet(words) }, list],
    'List connections': [list],
    'Refresh tokens': [{ status: 200, body: tokenSet(words) }],
    'Check access': [{ status: 200, body: { Organisations: [{ Name: words.organisation }] }, headers: dayLimit }],
    'Get access token': [{ status: 200, body: { ...tokenSet(words), refresh_token: undefined, id_token: undefined } }],
    'Remove connection': [list, { status: 204 }],
    'Revoke consent': [{ status: 200, body: '' }],
  };
  return answers[request] ?? [];
}

const dayLimit = { 'X-DayLimit-Remaining': '4987' };

function connection(tenantId: string, authEventId: string, tenantName: string, updatedDateUtc: string): object {
  return { id: `${tenantId}-id`, tenantId, tenantName, tenantType: 'ORGANISATION', authEventId, updatedDateUtc };
}

export function tokenSet(words: Words = plainWords): Record<string, unknown> {
  return {
    access_token: accessToken,
    refresh_token: `${canary}new`,
    id_token: jwt({ name: words.person, email: words.email }),
    expires_in: 1800,
    token_type: 'Bearer',
    scope: `openid offline_access ${words.scope}`,
  };
}

const disconnecting = ['Remove connection', 'Revoke consent'];

/** Settings with which each request is sent, and is about `words.organisation`. */
function settingsFor(request: string, words: Words): Settings {
  const state = linkState({ name: words.environment, ageInDays: 0 });
  const tenant = { tenant_id: 'two', tenant_name: words.organisation };
  const day = 86_400_000;
  return {
    scopes: request === 'Get access token' ? '' : `openid offline_access ${words.scope}`,
    access_token: accessToken,
    access_token_expires_at: new Date(Date.now() + 18 * 60_000).toISOString(),
    refresh_token: `${canary}old`,
    refresh_token_expires_at: new Date(Date.now() + 42 * day).toISOString(),
    ...(request === 'Consent link' || request === 'Exchange code' ? {} : tenant),
    ...(disconnecting.includes(request) ? { disconnect_confirm: plainName(words.organisation) } : {}),
    ...(request === 'Exchange code'
      ? { callback_url: `http://localhost:8080/callback?code=${canary}code&state=${encodeURIComponent(state)}` }
      : {}),
  };
}

function appTypeOf(request: string): AppType {
  return request === 'Get access token' ? 'custom_connection' : 'web';
}

/** Sends a request as a person does: once, with everything it needs. */
export async function sendOnce(
  server: Server,
  request: string,
  settings: Settings = {},
  words: Words = plainWords,
  answers: Answer[] = goodAnswers(request, words),
  options: Parameters<typeof send>[2] = {},
): Promise<Outcome> {
  server.answer(...answers);
  const given = environment(appTypeOf(request), server.url, { ...settingsFor(request, words), ...settings });
  const random = { random_bytes: randomBytes(64).toString('hex') };
  return send(request, { ...given, name: words.environment }, { globals: globals(random), ...options });
}
