import fc from 'fast-check';
import type { Answer } from '../../../../scripts/refresh/token-answer';
import { canary } from './environments';

const tokenSet: Readonly<Record<string, unknown>> = {
  access_token: `${canary}-access-2`,
  refresh_token: `${canary}-refresh-2`,
  id_token: `${canary}-id-2`,
  expires_in: 1800,
  token_type: 'Bearer',
  scope: 'openid offline_access',
};

const oddValue = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    1e308,
    '',
    ' ',
    '\n',
    '0',
    '1800',
    'soon',
    '1e400',
    [],
    {},
    '\u0000',
    '\uFEFF',
    '\ud800',
    '{{access_token}}',
  ),
  fc.constantFrom<unknown>(
    ` ${canary}-padded `,
    `${canary}\r\nX-Injected: 1`,
    `${canary}${'x'.repeat(20_000)}`,
    'bearer',
    'BEARER',
    'mac',
  ),
  fc.jsonValue(),
  fc.string({ unit: 'binary' }),
);

const changedSet = fc
  .dictionary(fc.constantFrom(...Object.keys(tokenSet)), fc.option(oddValue, { nil: undefined }), { maxKeys: 3 })
  .map((changes) => JSON.stringify({ ...tokenSet, ...changes }));

const errorCodes = [
  'invalid_grant',
  'invalid_client',
  'unauthorized_client',
  'invalid_scope',
  'invalid_request',
  'server_error',
  'temporarily_unavailable',
  'slow_down',
  canary as string,
  '',
];
const errorBody = fc
  .record(
    { error: fc.oneof(fc.constantFrom(...errorCodes), oddValue), error_description: oddValue },
    { requiredKeys: ['error'] },
  )
  .map((error) => JSON.stringify({ ...error, refresh_token: `${canary}-echo` }));

/** What a text may become on its way. */
type Damage = (text: string) => string;

const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.nat().map(
    (at): Damage =>
      (text) =>
        text.slice(0, at % (text.length + 1)),
  ),
  fc.tuple(fc.nat(), fc.string({ maxLength: 3 })).map(
    ([at, insert]): Damage =>
      (text) =>
        text.slice(0, at % (text.length + 1)) + insert + text.slice(at % (text.length + 1)),
  ),
  fc.constantFrom<Damage>(
    (text) => `\uFEFF${text}`,
    (text) => `[${text}]`,
    (text) => text + text,
    (text) => `${text}${' '.repeat(1_048_600)}`,
    (text) => `<html>${text}</html>`,
    (text) => '['.repeat(20_000) + text,
    (text) => text.replace('{', `{"refresh_token":"${canary}-first-of-two",`),
  ),
);

const body = fc
  .tuple(
    fc.oneof(
      { weight: 4, arbitrary: changedSet },
      { weight: 2, arbitrary: errorBody },
      { weight: 1, arbitrary: fc.json() },
      { weight: 1, arbitrary: fc.string() },
    ),
    fc.array(damage, { maxLength: 1 }),
  )
  .map(([text, damages]) => damages.reduce((all, happen) => happen(all), text));

const retryAfter = fc.oneof(
  fc.constantFrom('0', '5', '120', '3600', '999999999', '9999999999', '-5', '1.5', ' 7 ', '1e3', 'Infinity', 'never'),
  fc.constantFrom(
    'Sun, 22 Nov 2026 10:00:30 GMT',
    'Thu, 01 Jan 1970 00:00:00 GMT',
    'Sat, 13 Sep 275760 00:00:00 GMT',
    '+275760-09-13T00:00:00.000Z',
    '2026-11-22',
  ),
  fc.string(),
);
const contentType = fc.oneof(
  fc.constantFrom(
    'application/json',
    'application/json; charset=utf-8',
    'text/html',
    '',
    ';;;',
    `application/${canary}-access-2`,
  ),
  fc.string(),
);
const headers = fc.record(
  { 'retry-after': retryAfter, 'content-type': contentType, location: fc.webUrl() },
  { requiredKeys: [] },
);

const status = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(200, 200, 200, 201, 204, 299) },
  { weight: 3, arbitrary: fc.constantFrom(300, 302, 307, 400, 401, 403, 404, 408, 413, 425, 429, 499) },
  { weight: 2, arbitrary: fc.constantFrom(500, 502, 503, 504, 599) },
  { weight: 1, arbitrary: fc.oneof(fc.constantFrom(0, 99, 100, 101, 600, 999), fc.integer({ min: 100, max: 599 })) },
);

const lost = fc.record({
  kind: fc.constant('lost' as const),
  code: fc.constantFrom('ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'no answer', 'ERR_INVALID_CHAR'),
  sent: fc.boolean(),
});

/** Whatever may come back when tokens were asked for. */
export const answer: fc.Arbitrary<Answer> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record({
      kind: fc.constant('answer' as const),
      status,
      headers,
      body,
    }),
  },
  { weight: 1, arbitrary: lost },
);

/** The token set in an answer, read by the contract's words alone; undefined when it is none, or can't be used. */
export function tokensIn(given: Answer): { accessToken: string; refreshToken: string } | undefined {
  const set = setIn(given);
  return set !== undefined && [set.accessToken, set.refreshToken].every(isPlain) ? set : undefined;
}

/** Whether an answer is a token set with a token that can be none: it has been paid for all the same. */
export function isUnusable(given: Answer): boolean {
  return setIn(given) !== undefined && tokensIn(given) === undefined;
}

/** Printable ASCII without braces, quotes, backslashes and blanks, 16 KB at the most. */
function isPlain(token: string): boolean {
  return (
    Array.from(token).every((char) => char > ' ' && char <= '~' && !'{}"\\'.includes(char)) && token.length <= 16_384
  );
}

function setIn(given: Answer): { accessToken: string; refreshToken: string } | undefined {
  if (given.kind === 'lost' || given.status < 200 || given.status > 299 || given.body.length > 1024 * 1024)
    return undefined;
  const set = objectIn(given.body);
  const [accessToken, refreshToken] = [textIn(set, 'access_token'), textIn(set, 'refresh_token')];
  const type = set?.['token_type'] ?? 'bearer';
  const isBearer = typeof type === 'string' && type.toLowerCase() === 'bearer';
  return accessToken !== '' && isBearer ? { accessToken, refreshToken } : undefined;
}

/** Whether an answer may end a grant: a 4xx that says `invalid_grant`. */
export function saysDead(given: Answer): boolean {
  if (given.kind === 'lost' || given.status < 400 || given.status > 499) return false;
  return ![403, 408, 425, 429].includes(given.status) && objectIn(given.body)?.['error'] === 'invalid_grant';
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value))
      : undefined;
  } catch {
    return undefined; // no JSON, no token set
  }
}

function textIn(set: Record<string, unknown> | undefined, key: string): string {
  const value = set?.[key];
  return typeof value === 'string' ? value : '';
}
