import { createHash } from 'node:crypto';
import { decodeJwt } from 'jose';
import type { Context, Middleware } from 'koa';
import * as v from 'valibot';
import { fingerprint } from '../../text/fingerprint';
import { clientOf, field } from '../http/form';
import { entryOf } from '../http/request-log';
import { findArtifact } from '../world/artifacts';
import { endConsent, supersedeOthers } from '../world/consents';
import { graceMs, tokenState } from '../world/grace';
import type { TokenSet, World } from '../world/world';
import { errorStatus, shapeError, shapeTokens } from './token-shape';

const TokenAnswer = v.object({
  id_token: v.exactOptional(v.string()),
  access_token: v.string(),
  expires_in: v.number(),
  token_type: v.string(),
  refresh_token: v.exactOptional(v.string()),
  scope: v.exactOptional(v.string()),
});

const ErrorAnswer = v.object({ error: v.string(), error_description: v.exactOptional(v.string()) });

/** Wraps the OpenID server's token endpoint and gives its answers the form of Xero's. */
export function tokenEndpoint(world: World): Middleware {
  return async (ctx, next) => {
    await next();
    const answer = v.safeParse(TokenAnswer, ctx.body);
    if (answer.success) accept(world, ctx, answer.output);
    else refuse(world, ctx);
  };
}

function accept(world: World, ctx: Context, answer: TokenSet): void {
  const grantType = field(ctx, 'grant_type');
  const tokens = grantType === 'refresh_token' ? replayGraceAnswer(world, ctx, answer) : answer;
  noteConsent(world, tokens, grantType);
  const entry = entryOf(ctx);
  if (entry) {
    entry.redeemed = grantType !== 'client_credentials';
    if (tokens.refresh_token !== undefined) entry.issued = fingerprint(tokens.refresh_token);
  }
  ctx.body = shapeTokens(tokens, grantType, world.variants);
}

function noteConsent(world: World, tokens: TokenSet, grantType: string | undefined): void {
  const { jti, authentication_event_id: authEventId } = decodeJwt(tokens.access_token);
  const consent = typeof authEventId === 'string' ? world.consents.get(authEventId) : undefined;
  if (!consent) return;
  if (jti !== undefined) consent.latestTokenId = jti;
  if (grantType === 'authorization_code' && world.variants.secondConsent === 'supersedes')
    supersedeOthers(world, consent);
}

/** For `graceAnswer: same`: a retry gets the tokens of the first answer again; its own new tokens are discarded. */
function replayGraceAnswer(world: World, ctx: Context, answer: TokenSet): TokenSet {
  if (world.variants.graceAnswer !== 'same') return answer;
  const key = createHash('sha256')
    .update(field(ctx, 'refresh_token') ?? '')
    .digest('hex');
  const nowMs = Date.now();
  const first = world.graceAnswers.get(key);
  if (first && first.keptUntilMs > nowMs) {
    world.artifacts.delete(`RefreshToken:${answer.refresh_token ?? ''}`);
    const leftSeconds = Math.max(0, Math.floor((first.accessTokenExpiresAtMs - nowMs) / 1000));
    return { ...first.tokens, expires_in: leftSeconds };
  }
  const accessTokenExpiresAtMs = nowMs + Number(answer.expires_in) * 1000;
  for (const [old, { keptUntilMs }] of world.graceAnswers) {
    if (keptUntilMs > nowMs) break; // the first entries are the oldest
    world.graceAnswers.delete(old);
  }
  world.graceAnswers.set(key, { tokens: answer, accessTokenExpiresAtMs, keptUntilMs: nowMs + graceMs });
  return answer;
}

function refuse(world: World, ctx: Context): void {
  const answer = v.safeParse(ErrorAnswer, ctx.body);
  if (!answer.success) return;
  const error = shapeError(answer.output, field(ctx, 'grant_type'), world.variants);
  if (error.error === 'invalid_grant') revokeFamilyOnReuse(world, ctx);
  const entry = entryOf(ctx);
  if (entry) entry.error = error.error;
  ctx.status = errorStatus(error, world.variants);
  ctx.body = error;
}

/** For `reuseAfterGrace: kill_family`: using an old refresh token ends all tokens of its consent. RFC 9700 §4.14.2. */
function revokeFamilyOnReuse(world: World, ctx: Context): void {
  const token = findArtifact(world, 'RefreshToken', field(ctx, 'refresh_token') ?? '');
  if (world.variants.reuseAfterGrace !== 'kill_family' || token?.consumedAtMs === undefined) return;
  if (token.payload.clientId !== clientOf(ctx).clientId) return;
  if (tokenState(token, Date.now(), world.variants) === 'dead') endConsent(world, token.payload.grantId ?? '');
}

/** Wraps the revocation endpoint: it answers 200 with an empty body unless client authentication fails. RFC 7009 §2.2. */
export function revocationEndpoint(world: World): Middleware {
  return async (ctx, next) => {
    await next();
    const answer = v.safeParse(ErrorAnswer, ctx.body);
    if (answer.success && answer.output.error !== 'unsupported_token_type') return refuse(world, ctx);
    ctx.status = 200;
    ctx.body = '';
  };
}
