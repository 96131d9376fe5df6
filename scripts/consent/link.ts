import { createHash } from 'node:crypto';
import { valueOf, type Changes } from '../environment/environment';
import { plainName } from '../environment/plain-name';
import type { Settings } from '../environment/settings';
import { heldName } from '../environment/tenant';
import { linkAppOf } from './callback';
import { hmacSha256 } from './hmac';
import { linkLifetimeMs, makeKeptState, makeState } from './state';
import { linkMadeAt } from './state-check';

export type RandomBytes = (size: number) => Buffer;

/** What a link shall allow. */
export interface LinkOrder {
  readonly validForMs: number;
  /** It may connect another organisation than the one held. */
  readonly mayReplace: boolean;
  /** The organisation that every consent must bring from now on, by id or name; '' for any. Undefined: no change. */
  readonly expectTenant?: string | undefined;
}

export const usualLink: LinkOrder = { validForMs: linkLifetimeMs, mayReplace: false };

export interface ConsentLink {
  readonly url: string;
  readonly goodUntil: Date;
  /** The rows to save in the environment; the callback is judged by them. */
  readonly changes: Changes;
}

/**
 * Makes the authorize URL that a person with access to the Xero organisation opens once (RFC 6749 §4.1.1; RFC 7636 §4.3
 * for PKCE apps). Spaces between scopes are sent as `%20`, which Xero's server always accepts.
 */
export function makeConsentLink(settings: Settings, order: LinkOrder, now: Date, random: RandomBytes): ConsentLink {
  const goodUntil = new Date(now.getTime() + order.validForMs);
  const { mayReplace } = order;
  const madeAt = linkMadeAt({ connectedAt: valueOf(settings.environment, 'connected_at') }, now);
  const claimed = { name: settings.environment.name, madeAt, goodUntil, mayReplace };
  const changes = { consent_requested_at: now.toISOString(), ...expectation(settings, order) };
  if (settings.appType === 'pkce') {
    const state = makeKeptState(claimed, random(24).toString('base64url'));
    const verifier = random(32).toString('base64url');
    const url = authorizeUrl(settings, state, challengeOf(verifier));
    return { url, goodUntil, changes: { consent_state: state, ...changes, code_verifier: verifier } };
  }
  const state = makeState(claimed, linkAppOf(settings), random(16).toString('base64url'), hmacSha256);
  return { url: authorizeUrl(settings, state), goodUntil, changes: { consent_state: state, ...changes } };
}

/** The row for the expected organisation. The held organisation's name is saved as its id, which is unique. */
function expectation({ environment }: Settings, { expectTenant }: LinkOrder): Changes {
  if (expectTenant === undefined) return {};
  const wanted = plainName(expectTenant);
  const isHeld = wanted !== '' && wanted === heldName(environment);
  return { expected_tenant: (isHeld ? valueOf(environment, 'tenant_id') : '') || wanted };
}

/** The S256 code challenge of a verifier (RFC 7636 §4.2). */
export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}

function authorizeUrl(settings: Settings, state: string, challenge?: string): string {
  const parameters: [string, string][] = [
    ['response_type', 'code'],
    ['client_id', settings.value('client_id')],
    ['redirect_uri', settings.value('redirect_uri')],
    ['scope', settings.value('scopes').split(/\s+/).join(' ')],
    ['state', state],
  ];
  if (challenge !== undefined) parameters.push(['code_challenge', challenge], ['code_challenge_method', 'S256']);
  const query = parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  const base = settings.value('authorize_url');
  return `${base}${base.includes('?') ? '&' : '?'}${query}`;
}
