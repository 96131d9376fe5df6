import { readFileSync } from 'node:fs';
import type { ItemDefinition } from 'postman-collection';
import * as v from 'valibot';
import type { Settings } from '../environment/settings';
import type { TokenRequest } from '../refresh/effects';
import { jsonOf } from '../text/json';
import { collectionFile } from './requests';

/** A token request of the collection for one app type, and the values of one environment for it. */
export interface TokenForm {
  /** The same for requests that differ only in their values. */
  readonly key: string;
  readonly item: ItemDefinition;
  readonly row: Readonly<Record<string, string>>;
}

/**
 * A token request with its scripts removed; what they would add for this app type is in it as variables. The client
 * authenticates by HTTP Basic if it has a secret, otherwise by `client_id` in the body (RFC 6749 §2.3.1, §3.2.1).
 * Cookies are off, so that no cookie from one environment's answer is sent with another's request.
 */
export function tokenRequestOf({ appType, value }: Settings, request: TokenRequest): TokenForm {
  const isPublic = appType === 'pkce';
  const scope = request === 'Get access token' ? value('scopes').replaceAll(/\s+/g, ' ') : '';
  const added = { ...(isPublic ? { client_id: value('client_id') } : {}), ...(scope === '' ? {} : { scope }) };
  const basic = Buffer.from(`${value('client_id')}:${value('client_secret')}`).toString('base64');
  const authorization = isPublic ? {} : { authorization: `Basic ${basic}` };
  const own = { token_url: value('token_url'), refresh_token: value('refresh_token') };
  const fields = Object.keys(added);
  const key = [request, ...Object.keys(authorization), ...fields].join(' ');
  return { key, item: itemFor(key, request, fields, !isPublic), row: { ...own, ...added, ...authorization } };
}

const items = new Map<string, ItemDefinition>();

function itemFor(key: string, request: TokenRequest, fields: readonly string[], hasSecret: boolean): ItemDefinition {
  const known = items.get(key) ?? makeItem(request, fields, hasSecret);
  items.set(key, known);
  return known;
}

function makeItem(name: TokenRequest, fields: readonly string[], hasSecret: boolean): ItemDefinition {
  const request = readRequest(name);
  const variable = (key: string): { key: string; value: string } => ({ key, value: `{{${key}}}` });
  const urlencoded = [...request.body.urlencoded, ...fields.map(variable)];
  const authorization = hasSecret ? [{ key: 'Authorization', value: '{{authorization}}' }] : [];
  const header = [...request.header, ...authorization];
  const whole = { ...request, header, body: { ...request.body, urlencoded } };
  const protocolProfileBehavior = { disableCookies: true };
  return { name, request: whole, protocolProfileBehavior } as object; // Postman's types lack this property
}

const pairShape = v.looseObject({ key: v.string(), value: v.string() });
const requestShape = v.looseObject({
  header: v.optional(v.array(pairShape), []),
  body: v.looseObject({ mode: v.literal('urlencoded'), urlencoded: v.array(pairShape) }),
});
const itemShape = v.looseObject({ name: v.string(), request: requestShape });
const collectionShape = v.object({ item: v.array(v.object({ item: v.array(v.looseObject({ name: v.string() })) })) });

function readRequest(name: TokenRequest): v.InferOutput<typeof requestShape> {
  const folders = v.parse(collectionShape, jsonOf(readFileSync(collectionFile, 'utf8'))).item;
  return v.parse(
    itemShape,
    folders.flatMap(({ item }) => item).find((item) => item.name === name),
  ).request;
}
