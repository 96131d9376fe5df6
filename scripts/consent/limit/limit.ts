import type { EnvVariables } from '../../environment/env-names';
import { invalid } from '../../errors';
import { counted, formatNumber } from '../../text/count';

/** How many organisations are connected to an app. */
export interface AppConnections {
  readonly used: number;
  /** How many there may be, where `XERO_CONNECTION_LIMIT` says so; null: it depends on the app's tier. */
  readonly limit: number | null;
  /** Whether the environment's own organisation is among them, so that its next consent needs no further one. */
  readonly holdsOwn: boolean;
}

/** How many connections each tier may have (https://developer.xero.com/faq/pricing-and-policy-updates, since March 2026). */
const tiers: readonly (readonly [name: string, limit: number])[] = [
  ['Starter', 5],
  ['Core', 50],
  ['Plus', 1000],
  ['Advanced', 10_000],
];

/** The limit that the process or `.env` states; null for none. @throws Failure `bad_limit` */
export function knownLimit(env: EnvVariables): number | null {
  const text = env['XERO_CONNECTION_LIMIT']?.trim() ?? '';
  if (text === '') return null;
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw invalid('bad_limit', 'XERO_CONNECTION_LIMIT is no whole number', 'write how many connections the app may have');
}

/** `7 organisations are connected to this app; a Core app may have 50` */
export function formatUsed({ used, limit }: AppConnections): string {
  const connected = `${counted(used, 'organisation')} ${used === 1 ? 'is' : 'are'} connected to this app`;
  if (limit !== null) return `${connected}, which may have ${formatNumber(limit)}`;
  const next = tiers.find(([, most]) => used <= most);
  return next === undefined ? connected : `${connected}; a ${next[0]} app may have ${formatNumber(next[1])}`;
}

/**
 * Why Xero would connect no further organisation, or perhaps would not; undefined when there is room. The tier isn't
 * known to the program: a number that is the limit of a tier is taken for it.
 */
export function fullness({ used, limit }: AppConnections): string | undefined {
  if (limit !== null && used >= limit) return `all ${formatNumber(limit)} connections of this app are used`;
  const tier = limit === null ? tiers.find(([, most]) => used === most) : undefined;
  if (tier === undefined) return undefined;
  return `${formatNumber(used)} organisations are connected to this app, which is all that a ${tier[0]} app may have`;
}

/** What to do about it. */
export const limitHint =
  'move the app to a larger tier at developer.xero.com, or disconnect what is not needed: npx evergrant connections NAME';
