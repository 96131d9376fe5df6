import { isPlaceholder, isWordy, literalPart, looksRandom, saysItsName } from './secret-values';

/** A secret found in a text, and what kind it is. */
export interface Found {
  readonly kind: string;
  readonly secret: string;
}

const jwt = /(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?(?!\.\.|…)/g;
const privateKey = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----([^-]*)/g;
const basic = /\bBasic\s{1,8}([A-Za-z0-9+/_-]{6,}={0,2})/gi;
const scheme = /\b(?:Bearer|Token|JWT|SSWS|ApiKey|GenieKey)\s{1,8}([\w+/=.~-]{12,})/gi;
const userInUrl = /(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,20}:\/\/([^\s/?#@:"'<>\\]{0,256}):([^\s/?#@"'<>\\]{1,512})@/gi;

/** Every secret in a text that tells what it is by its form. */
export function shapesIn(text: string): Found[] {
  return [
    ...[...text.matchAll(jwt)].map(([secret]) => ({ kind: 'a JWT', secret })),
    ...[...text.matchAll(privateKey)]
      .filter(([, body = '']) => isKeyBody(body))
      .map(([secret]) => ({ kind: 'a private key', secret })),
    ...captured(text, basic, 'Basic credentials').filter(({ secret }) => areCredentials(secret)),
    ...captured(text, scheme, 'a bearer token').filter(({ secret }) => looksRandom(secret)),
    ...[...text.matchAll(userInUrl)].flatMap(([, user = '', secret = '']) =>
      isPasswordInUrl(user, secret) ? [{ kind: 'a password in a URL', secret }] : [],
    ),
  ].filter(({ secret }) => !isPlaceholder(secret.slice(0, longestTold)));
}

/** A placeholder shows in its first characters. */
const longestTold = 400;

function captured(text: string, pattern: RegExp, kind: string): Found[] {
  return [...text.matchAll(pattern)].map((match) => ({ kind, secret: match[1] ?? match[0] }));
}

/** Base64 that nobody has shortened or left out. */
function isKeyBody(body: string): boolean {
  return (
    /[A-Za-z0-9+/]{4,}/.test(body.replaceAll(/\\[nr]/g, ' ')) &&
    !/\.\.|…|[{}<>*]|your|key here|content|xxxx/i.test(body)
  );
}

/** Postman writes `https://mailto:me@example.com` into descriptions. */
function isPasswordInUrl(user: string, password: string): boolean {
  return !/^(?:mailto|tel|sms)$/i.test(user) && literalPart(password) !== '' && isPair(`${user}:${password}`);
}

/** Whether a base64 text is `user:password`, as HTTP Basic has it. */
function areCredentials(encoded: string): boolean {
  const decoded = Buffer.from(encoded, 'base64').toString('latin1');
  return /^[\x20-\x7e]*$/.test(decoded) && decoded.includes(':') && isPair(decoded);
}

/** Whether `user:password` holds a password and no word for one; some services take a key as the user alone. */
export function isPair(text: string): boolean {
  const user = text.slice(0, text.indexOf(':'));
  const password = literalPart(text.slice(user.length + 1));
  if (password === '') return user.length >= 12 && looksRandom(user) && !isPlaceholder(user);
  const isNamed = saysItsName('password', password) && (saysItsName('username', user) || isPlaceholder(user));
  return !isNamed && !isPlaceholder(password) && !(isWordy(password) && /\s/.test(password));
}
