import { looksRandom } from './printable';

/** A secret found in a text, and what kind it is. */
export interface Found {
  readonly kind: string;
  readonly secret: string;
}

const jwt = /(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g;
const longestSecret = 8192;
const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*/g;
const basic = /\bBasic\s+([A-Za-z0-9+/_-]{6,}={0,2})/gi;
const bearer = /\bBearer\s+([\w+/=.~-]{16,})/gi;
const userInUrl = /[a-z][a-z0-9+.-]{0,20}:\/\/[^\s/?#@:]{0,256}:([^\s/?#@]{1,512})@/gi;

/** The start of `client_secret=…`, `"client_secret": "…"` and `set('client_secret', '…')`, in URLs, bodies and scripts. */
const assignment =
  /(?<![\w.-])([A-Za-z][\w.-]{1,60})(?:["'`]?\]?\s{0,8}[=:]\s{0,8}|["'`]\s{0,8},\s{0,8}(?=["'`]))(["'`]?)/g;

/** Every secret in a text that stands under a key; '' for none. */
export function secretsIn(key: string, text: string, style: 'code' | 'wire'): Found[] {
  const shaped: Found[] = [
    ...[...text.matchAll(jwt)].map(([secret]) => ({ kind: 'a JWT', secret })),
    ...[...text.matchAll(privateKey)].map(([secret]) => ({ kind: 'a private key', secret })),
    ...captured(text, basic, 'Basic credentials').filter(({ secret }) => areCredentials(secret)),
    ...captured(text, bearer, 'a bearer token').filter(({ secret }) => looksRandom(secret)),
    ...captured(text, userInUrl, 'a password in a URL').filter(({ secret }) => literalPart(secret) !== ''),
  ];
  const keyed = isSecretKey(key) && isSecretValue(key, bare(text)) ? [{ kind: 'a secret', secret: bare(text) }] : [];
  const assigned = assignmentsIn(text, style).map((secret) => ({ kind: 'a secret', secret }));
  return withoutRepeats([...shaped, ...keyed, ...assigned]);
}

function assignmentsIn(text: string, style: 'code' | 'wire'): string[] {
  return [...text.matchAll(assignment)].flatMap((match) => {
    const [whole, key = '', quote] = match;
    if ((style === 'code' && quote === '') || !isSecretKey(key)) return [];
    const rest = text.slice(match.index + whole.length, match.index + whole.length + longestSecret);
    const [value = ''] = /^[^\s"'`&#,;}<>]+/.exec(rest) ?? [];
    return isSecretValue(key, value) ? [value] : [];
  });
}

function captured(text: string, pattern: RegExp, kind: string): Found[] {
  return [...text.matchAll(pattern)].map((match) => ({ kind, secret: match[1] ?? '' }));
}

/** Each secret once: the part of one that was found already is the same secret. */
function withoutRepeats(found: readonly Found[]): Found[] {
  return found.filter(({ secret }, at) => !found.slice(0, at).some((other) => other.secret.includes(secret)));
}

/** Whether a base64 text is `user:password`, as HTTP Basic has it. */
function areCredentials(encoded: string): boolean {
  return /^[\x20-\x7e]*:[\x20-\x7e]+$/.test(Buffer.from(encoded, 'base64').toString('latin1'));
}

const secretWords =
  /secret|token|passw(?:or)?d|passphrase|\bpwd\b|\bpass\b|api ?key|private ?key|auth ?key|access ?key|credential|authorization|assertion|verifier|signature|cookie|session|\bcode\b/;
const aboutSecrets =
  /\b(ur[li]|uri|endpoint|type|name|prefix|hint|method|algorithm|expires?|expiry|lifetime|at|in|to|length|count|scopes?|status|challenge|by|id)$/;
const strongWords = /secret|passw(?:or)?d|passphrase|\bpwd\b|(access|refresh|id) token|api ?key|private ?key|verifier/;

/** Whether what stands under a key is a secret by the key's name: `client_secret`, `accessToken`, not `token_url`. */
function isSecretKey(key: string): boolean {
  const words = wordsOf(key);
  return secretWords.test(words) && !aboutSecrets.test(words);
}

function wordsOf(key: string): string {
  const spaced = key.replaceAll(/([a-z\d])([A-Z])/g, '$1 $2').replaceAll(/[^A-Za-z\d]+/g, ' ');
  return spaced.trim().toLowerCase();
}

/** Words that people put where a secret will stand. */
const stand =
  /your|example|sample|placeholder|change.?me|replace|insert|enter|paste|todo|dummy|redacted|secret.?here|^<.*>$|^\[.*\]$|^\$|^%|^(.)\1+$|^x{3,}|\*{3,}|\.\.\.|…/i;

function isSecretValue(key: string, value: string): boolean {
  const text = literalPart(value);
  if (text.length < 8 || /\s/.test(text) || stand.test(text) || /^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return false;
  if (looksRandom(text)) return true;
  const isOneWord = /^[a-z]+$|^[A-Za-z]+([-_. ][A-Za-z]+)+$/.test(text);
  return strongWords.test(wordsOf(key)) && !isOneWord && new Set(text).size >= 5;
}

/** What is left of a value when its `{{placeholders}}` are taken out, a cut-off one too. */
function literalPart(value: string): string {
  return value.replaceAll(/\{\{[^{}]*(?:\}\}|$)/g, '').trim();
}

/** A value without the scheme that an Authorization header puts before it. */
function bare(value: string): string {
  return value.trim().replace(/^(Bearer|Token|Basic|ApiKey)\s+/i, '');
}
