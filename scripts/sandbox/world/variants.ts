import * as v from 'valibot';

/**
 * Each switch chooses one behaviour where sources about Xero conflict or say nothing. The first value is the default.
 * - `graceAnswer`: a retry within the grace period brings a new successor pair, or the same one again
 * - `graceEndsOn`: the grace period ends after 30 minutes, or already when the successor is used
 * - `reuseAfterGrace`: an old refresh token is only refused, or ends all tokens of its consent
 * - `twoChains`: all successors of one refresh token live, or only the newest
 * - `secondConsent`: earlier refresh tokens of the same user and app live on, or end when the new code is exchanged
 * - `wrongGrant`: what client credentials of an app that may not have them are answered with
 * - `readTwin`: a scope together with its `.read` twin is fine, or one of the wrong scopes for the app
 * - `broadScopes`: apps made before 2 March 2026 may have them, or nobody any more, as from September 2027
 * - `limitShown`: who learns that no further organisation may be connected: the customer, on a page of Xero's; the app, in
 *   the callback; or whoever asks for the link
 * - `tokenEvent`: an access token names the event of its consent, names none, or names one that no connection has
 */
export const Variants = v.strictObject({
  graceAnswer: v.optional(v.picklist(['new', 'same']), 'new'),
  graceEndsOn: v.optional(v.picklist(['time', 'successor_use']), 'time'),
  reuseAfterGrace: v.optional(v.picklist(['refuse', 'kill_family']), 'refuse'),
  twoChains: v.optional(v.picklist(['both_live', 'newest_only']), 'both_live'),
  oldAccessTokenDiesAtRefresh: v.optional(v.picklist(['no', 'yes']), 'no'),
  invalidClientStatus: v.optional(v.picklist(['400', '401']), '400'),
  scopePlus: v.optional(v.picklist(['accept', 'refuse']), 'accept'),
  customConnectionsList: v.optional(v.picklist(['list', 'error400']), 'list'),
  deleteLastConnectionKillsRefresh: v.optional(v.picklist(['no', 'yes']), 'no'),
  secondConsent: v.optional(v.picklist(['keeps', 'supersedes']), 'keeps'),
  refreshIdToken: v.optional(v.picklist(['no', 'yes']), 'no'),
  expiresInType: v.optional(v.picklist(['number', 'string']), 'number'),
  wrongGrant: v.optional(v.picklist(['unauthorized_client', 'invalid_scope']), 'unauthorized_client'),
  readTwin: v.optional(v.picklist(['accept', 'refuse']), 'accept'),
  broadScopes: v.optional(v.picklist(['older_apps', 'ended']), 'older_apps'),
  limitShown: v.optional(v.picklist(['page', 'callback', 'link']), 'page'),
  tokenEvent: v.optional(v.picklist(['matching', 'none', 'unknown']), 'matching'),
  codeReuse: v.optional(v.picklist(['refuse', 'revoke']), 'refuse'),
});

export type Variants = v.InferOutput<typeof Variants>;

export const defaultVariants: Variants = v.parse(Variants, {});

/** The switches to change, for the control API and for the start. */
export const VariantChanges = v.partial(Variants);
export type VariantChanges = v.InferOutput<typeof VariantChanges>;
