import { isName } from '../environment/names';
import type { Credentials } from './client-desk';
import { Refusal, unknownClient, unknownTarget } from './refusal';

/** A token request's form: each field once. Further fields are ignored (RFC 6749 §3.2). */
export type Form = Readonly<Partial<Record<Field, string>>>;

const fields = [
  'grant_type',
  'scope',
  'resource',
  'audience',
  'environment',
  'client_id',
  'client_secret',
  'client_assertion',
] as const;
type Field = (typeof fields)[number];

/** Reads a body as it was parsed. @throws Refusal `invalid_request` for a field that is there twice */
export function formIn(body: unknown): Form {
  const given: [Field, string][] = [];
  for (const field of fields) {
    const value: unknown =
      typeof body === 'object' && body !== null && Object.hasOwn(body, field) ? Reflect.get(body, field) : undefined;
    if (value === undefined || value === '') continue; // an empty value is none (RFC 6749 §3.2)
    if (typeof value !== 'string') throw badRequest(`${field} is there more than once`);
    given.push([field, value]);
  }
  return Object.fromEntries(given);
}

const longestCredential = 1_000;

/**
 * The client's credentials, from HTTP Basic or from the body, never both (RFC 6749 §2.3.1).
 * @throws Refusal `invalid_request` for both, `invalid_client` for none
 */
export function credentialsIn(authorization: string, form: Form): Credentials {
  const isInBody = form.client_secret !== undefined;
  if (authorization !== '' && isInBody) throw badRequest('the client authenticates in two ways at once');
  const given = authorization === '' ? bodyCredentials(form) : basicCredentials(authorization);
  if (given === undefined || given.id.length + given.secret.length > longestCredential) throw unknownClient();
  if (form.client_id !== undefined && form.client_id !== given.id) throw badRequest('client_id names another client');
  return given;
}

function bodyCredentials({ client_id: id, client_secret: secret }: Form): Credentials | undefined {
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

/** Id and secret are form-encoded before they are joined (RFC 6749 §2.3.1). Undefined for what makes no sense. */
export function basicCredentials(authorization: string): Credentials | undefined {
  const [, encoded] = /^basic +([\w+/-]+={0,2})$/i.exec(authorization) ?? [];
  const pair = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8');
  const at = pair.indexOf(':');
  if (at < 1) return undefined;
  const [id, secret] = [pair.slice(0, at), pair.slice(at + 1)].map(formDecoded);
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

function formDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined; // a % that encodes nothing
  }
}

/**
 * The environment that is asked for, by `environment`, `audience` or `resource`; undefined when none is named.
 * @throws Refusal `invalid_target` for two different ones, or for what can be none
 */
export function targetIn({ environment, audience, resource }: Form): string | undefined {
  const inAudience = audience === undefined || isName(audience) ? audience : nameInUri(audience);
  const named = [environment, inAudience, resource === undefined ? undefined : nameInUri(resource)];
  const [name, ...others] = new Set(named.filter((one) => one !== undefined));
  if (others.length > 0 || (name !== undefined && !isName(name))) throw unknownTarget();
  return name;
}

/** The environment in `urn:evergrant:NAME`, or in the URL of its plain door: an absolute URI without fragment (RFC 8707 §2). */
function nameInUri(uri: string): string {
  const [, name] = /^(?:urn:evergrant:|https?:\/\/[^/?#]+\/v1\/environments\/)([^/?#]+)$/.exec(uri) ?? [];
  return name ?? '';
}

/** @throws Refusal `invalid_scope` for a scope that the token does not allow (RFC 6749 §3.3) */
export function checkScope(wanted: string | undefined, held: readonly string[]): void {
  const missing = (wanted ?? '').split(' ').filter((scope) => scope !== '' && !held.includes(scope));
  if (missing.length === 0) return;
  const hint = 'leave scope out, or let the customer consent to more';
  throw new Refusal(400, 'invalid_scope', 'a scope was asked for that the customer has not consented to', hint);
}

export function badRequest(message: string): Refusal {
  return new Refusal(400, 'invalid_request', message);
}
