import { createHash, randomBytes } from 'node:crypto';
import { decodeJwt } from 'jose';
import type { PersonChoice } from '../../scripts/sandbox/control/scripted-user';
import type { SandboxApp, SandboxControls } from '../support/sandbox';

/** What an app does at Xero, with nothing but fetch. */

export const redirectUri = 'http://localhost:8080/callback';
export const usualScopes = 'openid profile email accounting.settings accounting.invoices offline_access';

export interface TokenAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

export function consentLink(sandbox: SandboxControls, clientId: string, changes: Record<string, string> = {}): string {
  const parameters = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: usualScopes,
    state: 'abc',
  };
  const query = new URLSearchParams({ ...parameters, ...changes }).toString().replaceAll('+', '%20');
  return `${sandbox.url}/identity/connect/authorize?${query}`;
}

export function basic(app: SandboxApp): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${app.clientId}:${app.clientSecret}`).toString('base64')}` };
}

export async function askToken(
  sandbox: SandboxControls,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<TokenAnswer> {
  const response = await fetch(`${sandbox.url}/connect/token`, {
    method: 'POST',
    headers,
    body: new URLSearchParams(form),
  });
  return { status: response.status, body: Object(await response.json()) };
}

export function codeOf(callbackUrl: string): string {
  return new URL(callbackUrl).searchParams.get('code') ?? '';
}

export function exchange(sandbox: SandboxControls, app: SandboxApp, code: string): Promise<TokenAnswer> {
  return askToken(sandbox, { grant_type: 'authorization_code', code, redirect_uri: redirectUri }, basic(app));
}

export function refresh(sandbox: SandboxControls, app: SandboxApp, refreshToken: string): Promise<TokenAnswer> {
  return askToken(sandbox, { grant_type: 'refresh_token', refresh_token: refreshToken }, basic(app));
}

export function tokensOf({ body }: TokenAnswer): Tokens {
  return { accessToken: String(body['access_token']), refreshToken: String(body['refresh_token']) };
}

/** Consents and exchanges: a connected web app. */
export async function connectApp(
  sandbox: SandboxControls,
  choice: PersonChoice = {},
): Promise<{ app: SandboxApp } & Tokens> {
  const app = await sandbox.app({ appType: 'web' });
  return { app, ...(await consentAgain(sandbox, app, choice)) };
}

export async function consentAgain(
  sandbox: SandboxControls,
  app: SandboxApp,
  choice: PersonChoice = {},
  changes: Record<string, string> = {},
): Promise<Tokens> {
  const callbackUrl = await sandbox.consent(consentLink(sandbox, app.clientId, changes), choice);
  return tokensOf(await exchange(sandbox, app, codeOf(callbackUrl)));
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export async function callApi(
  sandbox: SandboxControls,
  path: string,
  accessToken: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<ApiAnswer> {
  const request = {
    method,
    headers: { accept: 'application/json', authorization: `Bearer ${accessToken}`, ...headers },
  };
  const response = await fetch(`${sandbox.url}${path}`, request);
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? '' : JSON.parse(text) };
}

export interface ListedConnection {
  readonly id: string;
  readonly authEventId: string;
  readonly tenantId: string;
  readonly tenantName: string;
  readonly createdDateUtc: string;
  readonly updatedDateUtc: string;
}

export async function listConnections(
  sandbox: SandboxControls,
  accessToken: string,
  query = '',
): Promise<ListedConnection[]> {
  return (await callApi(sandbox, `/connections${query}`, accessToken)).body as ListedConnection[]; // asserted by the tests
}

export async function organisationStatus(
  sandbox: SandboxControls,
  accessToken: string,
  tenantId: string,
): Promise<number> {
  return (await callApi(sandbox, '/api.xro/2.0/Organisation', accessToken, { 'xero-tenant-id': tenantId })).status;
}

export function authEventOf(accessToken: string): unknown {
  return decodeJwt(accessToken)['authentication_event_id'];
}

export function pkcePair(): { verifier: string; challenge: string } {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}
