import { createHash, createHmac } from 'node:crypto';
import type { Changes } from './environment';
import type { Settings } from './settings';

export type RandomBytes = (size: number) => Buffer;

export interface ConsentLink {
  readonly url: string;
  /** The rows that the environment must hold when the callback comes. */
  readonly changes: Changes;
}

/**
 * Makes the authorize URL that a person with access to the Xero organisation opens once (RFC 6749 §4.1.1; RFC 7636 §4.3
 * for PKCE apps). Scope spaces are `%20`, which every reading of Xero's server accepts.
 */
export function makeConsentLink(settings: Settings, now: Date, random: RandomBytes): ConsentLink {
  const requested = { consent_requested_at: now.toISOString() };
  if (settings.appType === 'pkce') {
    const [state, verifier] = [random(24).toString('base64url'), random(32).toString('base64url')];
    const changes = { consent_state: state, ...requested, code_verifier: verifier };
    return { url: authorizeUrl(settings, state, challengeOf(verifier)), changes };
  }
  const state = makeOldState(settings.environment.name, settings.value('client_secret'), now, random(16));
  return { url: authorizeUrl(settings, state), changes: { consent_state: state, ...requested } };
}

/** The form before eg2, until the collection's scripts verify that. */
function makeOldState(name: string, clientSecret: string, madeAt: Date, nonce: Buffer): string {
  const claims = { n: name, t: Math.floor(madeAt.getTime() / 1000), r: nonce.toString('base64url') };
  const signed = `eg1.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  return `${signed}.${createHmac('sha256', clientSecret).update(signed).digest('base64url')}`;
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
