import { randomBytes } from 'node:crypto';
import type { Choice } from '../../support/servers/xero-server';
import { signedState, type StatePayload } from '../../support/states';
import type { Arena } from './arena';

/** A link that somebody was sent for an environment: its address, and the state in it. */
export interface Link {
  readonly url: string;
  readonly state: string;
}

/** A consent link as the program makes them, made without it. */
export function linkFor({ place }: Arena, name: string, claims: Partial<StatePayload> = {}): Link {
  const { client_id: clientId = '', client_secret: secret = '', redirect_uri: redirectUri = '' } = place.rows(name);
  const seconds = Math.floor(Date.now() / 1000);
  const payload = { n: name, t: seconds, u: seconds + 3600, r: randomBytes(16).toString('base64url'), ...claims };
  const state = signedState(payload, { secret, clientId, redirectUri });
  const query = new URLSearchParams({ client_id: clientId, redirect_uri: redirectUri, state });
  return { url: `https://login.example/?${query.toString()}`, state };
}

/** The query that a person's browser comes back with after consenting by a link. */
export function callbackOf({ xero }: Arena, { url }: Link, choice?: Choice): string {
  return new URL(xero.consent(url, choice)).search.slice(1);
}
