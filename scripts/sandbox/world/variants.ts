import * as v from 'valibot';

/**
 * Each switch chooses one behaviour where sources about Xero conflict or say nothing. The first value is the default.
 * - `graceAnswer`: a retry within the grace period brings a new successor pair, or the same one again
 * - `graceEndsOn`: the grace period ends after 30 minutes, or already when the successor is used
 * - `reuseAfterGrace`: an old refresh token is only refused, or ends all tokens of its consent
 * - `twoChains`: all successors of one refresh token live, or only the newest
 * - `secondConsent`: earlier refresh tokens of the same user and app live on, or end when the new code is exchanged
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
  codeReuse: v.optional(v.picklist(['refuse', 'revoke']), 'refuse'),
});

export type Variants = v.InferOutput<typeof Variants>;

export const defaultVariants: Variants = v.parse(Variants, {});

/** The switches to change, for the control API and for the start. */
export const VariantChanges = v.partial(Variants);
export type VariantChanges = v.InferOutput<typeof VariantChanges>;
