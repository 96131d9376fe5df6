import { errors, importJWK, jwtVerify, type CryptoKey, type JWTPayload } from 'jose';
import type { Context } from 'koa';
import * as v from 'valibot';
import { audience, issuer } from '../identity/claims';
import type { World } from '../world/world';
import { expiryDetail, refuseCall } from './api-errors';

const Claims = v.object({
  client_id: v.string(),
  jti: v.string(),
  scope: v.array(v.string()),
  sub: v.exactOptional(v.string()),
  authentication_event_id: v.exactOptional(v.string()),
  xero_tenant_id: v.exactOptional(v.string()),
});

/** The claims of an access token that the API accepts. */
export type Caller = v.InferOutput<typeof Claims>;

/** Reads the bearer token (RFC 6750 §2.1), or answers 401 and returns undefined. */
export async function authenticate(world: World, ctx: Context): Promise<Caller | undefined> {
  const token = /^bearer\s+(\S+)$/i.exec(ctx.get('authorization'))?.[1] ?? '';
  try {
    const { payload } = await jwtVerify(token, await verificationKey(world), { issuer, audience });
    return admit(world, ctx, payload);
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    refuseCall(ctx, 401, error instanceof errors.JWTExpired ? expired(error.payload) : 'AuthenticationUnsuccessful');
    return undefined;
  }
}

function expired(payload: JWTPayload): string {
  return expiryDetail(new Date((payload.exp ?? 0) * 1000));
}

const keys = new WeakMap<World, CryptoKey | Uint8Array>();

async function verificationKey(world: World): Promise<CryptoKey | Uint8Array> {
  const { kty, n, e } = world.signingKey;
  const key = keys.get(world) ?? (await importJWK({ kty: kty ?? '', n: n ?? '', e: e ?? '' }, 'RS256'));
  keys.set(world, key);
  return key;
}

function admit(world: World, ctx: Context, payload: JWTPayload): Caller | undefined {
  const caller = v.parse(Claims, payload);
  if (isLive(world, caller)) return caller;
  refuseCall(ctx, 401, 'AuthenticationUnsuccessful');
  return undefined;
}

/** Whether an access token still works. A user's ends with its consent and, in one variant, with the next refresh. */
function isLive(world: World, caller: Caller): boolean {
  if (caller.authentication_event_id === undefined) return world.apps.has(caller.client_id);
  const consent = world.consents.get(caller.authentication_event_id);
  if (!consent && world.variants.tokenEvent === 'unknown') return world.apps.has(caller.client_id);
  if (!consent || consent.ended) return false;
  return world.variants.oldAccessTokenDiesAtRefresh === 'no' || consent.latestTokenId === caller.jti;
}
