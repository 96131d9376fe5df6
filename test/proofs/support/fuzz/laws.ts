import type { Answer } from '../../../../scripts/refresh/token-answer';
import { isUnusable, saysDead, tokensIn } from './answers';
import type { Played } from './bench';

/** What a refresh writes; all else in a file is its user's. */
const writtenKeys = [
  'access_token',
  'refresh_token',
  'access_token_expires_at',
  'refresh_token_expires_at',
  'generation',
  'refresh_started_at',
  'grant_status',
];

/** What a played refresh did that it must not do. The laws are the contract's, said here a second time. */
export function broken({ ending, answered, before, after, leftovers }: Played): string[] {
  const granted = grantedIn(answered);
  const isPaidFor = answered.some(isUnusable);
  const isWhole = granted.some(({ refreshToken }) => refreshToken !== '');
  const [was, is] = [contentOf(before), contentOf(after)];
  const failed = 'failure' in ending ? ending.failure.kind : undefined;
  const laws: [boolean, string][] = [
    [leftovers.length === 0, `it leaves ${leftovers.join(', ')} behind`],
    [answered.length > 0 || before.equals(after), 'it changes a file though nobody was asked'],
    [(failed === 'not_saved') === (isPaidFor && !isWhole), 'it cannot save tokens, or says so of others'],
    [was?.others === is?.others, 'it changes what is the user’s'],
    [granted.length > 0 || sameTokens(was, is), 'it changes the tokens though none were granted'],
    [granted.length === 0 || holds(is, was, granted, answered), 'it does not hold the tokens that were granted'],
    [
      isPaidFor || granted.length > 0 === ('result' in ending && ending.result === 'refreshed'),
      `it ends ${describe(ending)}`,
    ],
    [!isBuried(is) || isBuried(was) || answered.some(saysDead), 'it declares a grant dead that nobody has refused'],
  ];
  return laws.filter(([isKept]) => !isKept).map(([, problem]) => problem);
}

type Tokens = NonNullable<ReturnType<typeof tokensIn>>;

/** Xero is asked again only where a set has no refresh token. */
function grantedIn(answered: readonly Answer[]): readonly Tokens[] {
  return answered.flatMap((one) => tokensIn(one) ?? []);
}

interface Content {
  /** The first row of each key that is switched on, as text. */
  readonly rows: ReadonlyMap<string, string>;
  /** Everything that a refresh must not change. */
  readonly others: string;
}

interface ParsedRow {
  readonly key: string;
  readonly value?: unknown;
  readonly enabled?: boolean;
}

function contentOf(bytes: Buffer): Content | undefined {
  try {
    const switchedOn = parsed(bytes, 'utf8').values.filter(({ enabled }) => enabled !== false);
    // Read as Latin-1, a byte that is no UTF-8 counts as what it is.
    const { values, ...rest } = parsed(bytes, 'latin1');
    const own = values.filter(({ key }) => !writtenKeys.includes(key));
    return {
      rows: new Map(switchedOn.map(({ key, value }) => [key, textOf(value)])),
      others: JSON.stringify({ ...rest, own }),
    };
  } catch {
    return undefined; // no environment, so its bytes are compared
  }
}

/** A file's content, but with what is nested too deep for `JSON.stringify` as its length. */
function parsed(bytes: Buffer, encoding: 'utf8' | 'latin1'): { readonly values: readonly ParsedRow[] } {
  const flat = bytes
    .toString(encoding)
    .replace(/^(\uFEFF|\u00EF\u00BB\u00BF)/, '')
    .replaceAll(/\[{9,}\]{9,}/g, ({ length }) => String(length))
    .replaceAll(/((?:\{"a":){9,})1(\}{9,})/g, (_, opened: string, closed: string) => {
      const depth = opened.length / '{"a":'.length;
      return `${depth}${closed.slice(depth)}`; // what is left closes the row around it
    });
  return JSON.parse(flat) as { values: ParsedRow[] }; // or the caller's catch
}

function textOf(value: unknown): string {
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value).trim() : '';
}

function isBuried(content: Content | undefined): boolean {
  return content?.rows.get('grant_status') === 'consent_needed';
}

function sameTokens(was: Content | undefined, is: Content | undefined): boolean {
  const keys = writtenKeys.filter((key) => key !== 'refresh_started_at' && key !== 'grant_status');
  return keys.every((key) => was?.rows.get(key) === is?.rows.get(key));
}

function holds(
  is: Content | undefined,
  was: Content | undefined,
  granted: readonly Tokens[],
  answered: readonly Answer[],
): boolean {
  const { accessToken, refreshToken } = granted.at(-1) ?? { accessToken: '', refreshToken: '' };
  const [last] = answered.slice(-1);
  const isMarked = last !== undefined && tokensIn(last) === undefined; // it may have spent the token
  const row = (content: Content | undefined, key: string): string => content?.rows.get(key) ?? '';
  return (
    row(is, 'access_token') === accessToken &&
    row(is, 'refresh_token') === (refreshToken || row(was, 'refresh_token')) &&
    Number(row(is, 'generation')) === generationOf(row(was, 'generation')) + granted.length &&
    (row(is, 'refresh_started_at') === '') !== isMarked &&
    row(is, 'grant_status') === 'connected'
  );
}

function generationOf(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

function describe(ending: Played['ending']): string {
  return 'result' in ending ? `with ${ending.result}` : `with ${ending.failure.kind}: ${ending.failure.message}`;
}
