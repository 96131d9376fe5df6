/** What a paste is refused as, by the codes that `scripts/consent/callback.ts` gives its failures. */
export type PasteRefusal =
  | 'no_callback'
  | 'not_a_url'
  | 'bare_code'
  | 'consent_link'
  | 'no_code'
  | 'no_state'
  | 'access_denied'
  | 'invalid_scope'
  | 'error';

/** One thing that people paste: read as a code and its state, or refused. */
export interface PastedCallback {
  readonly name: string;
  readonly pasted: string;
  readonly expected: { readonly code: string; readonly state: string } | PasteRefusal;
}

const code = 'Zx-9_0pQ7rStUvWxYz0123456789abcdefABCDEF_g-';
const state = 'eg1.eyJuIjoiYWNtZSJ9.c2lnbmF0dXJl';
const query = `?code=${code}&scope=openid%20profile&state=${state}&session_state=x.y`;
const url = `http://localhost:8080/callback${query}`;
const read = { code, state };
const encoded = encodeURIComponent(url);
const escaped = url.replaceAll('&', '&amp;');
const link = `https://login.xero.com/identity/connect/authorize?response_type=code&client_id=ABC&redirect_uri=${encodeURIComponent('http://localhost:8080/callback')}&scope=openid%20offline_access&state=${state}`;

const asCopied: readonly (readonly [string, string])[] = [
  ['as it is', url],
  ['an https address', url.replace('http://localhost:8080', 'https://app.example')],
  ['blanks and line breaks around it', ` \t${url}\r\n\n`],
  ['a line break every 30 characters', url.replaceAll(/(.{30})/g, '$1\r\n ')],
  ['the marks of a quoted mail', url.replaceAll(/(.{30})/g, '$1\n> ')],
  ['no-break spaces', `\u00a0${url.replace('&', '\u00a0&')}\u00a0`],
  ['a byte order mark', `\ufeff${url}`],
  ['zero-width spaces and soft hyphens', url.replace('code', 'c\u200bo\u00adde').replace('state', 'sta\u2060te')],
  ['double quotes', `"${url}"`],
  ['single quotes', `'${url}'`],
  ['typographic quotes', `“${url}”`],
  ['guillemets', `« ${url} »`],
  ['German quotes', `„${url}“`],
  ['back quotes', `\`${url}\``],
  ['angle brackets', `<${url}>`],
  ['round brackets', `(${url})`],
  ['square brackets', `[${url}]`],
  ['quotes inside angle brackets', ` <"${url}">, `],
  ['a full stop', `${url}.`],
  ['a comma', `${url},`],
  ['a semicolon and a quote', `"${url}";`],
  ['an exclamation mark and a bracket', `(${url})!`],
  ['&amp; for &', escaped],
  ['&amp; escaped twice', escaped.replaceAll('&amp;', '&amp;amp;')],
  ['all of it percent-encoded once more', encoded],
  ['percent-encoded in small letters', encoded.replaceAll(/%../g, (part) => part.toLowerCase())],
  ['percent-encoded, in quotes, with a line break', `"${encoded.slice(0, 60)}\n${encoded.slice(60)}"`],
  ['percent-encoded together with its quotes', encodeURIComponent(`"${url}"`)],
  ['percent-encoded and HTML-escaped', encodeURIComponent(escaped)],
  ['a fragment', `${url}#_=_`],
  ['capital letters in the scheme', url.replace('http', 'HTTP')],
  ['the parameters in another order', `http://localhost:8080/callback?state=${state}&session_state=x.y&code=${code}`],
  ['the same parameter once more', `${url}&code=second&state=second`],
  ['an empty error_description', `${url}&error_description=`],
  ['a redirect URI with parameters of its own', url.replace('?', '?a=1&b=%C3%BC&')],
  ['broken encoding in another parameter', `${url}&x=%E0%A4%A`],
];

/** Characters that a code may hold once it is decoded: printable ASCII, without braces. */
const decoding: PastedCallback[] = ['a+b/c==', 'a~!b', '100%', 'a&b'].map((text) => ({
  name: `the code ${text}`,
  pasted: `http://localhost:8080/callback?code=${encodeURIComponent(text)}&state=${state}`,
  expected: { code: text, state },
}));

const refused: readonly (readonly [string, string, PasteRefusal])[] = [
  ['nothing but blanks', ' \n ', 'no_callback'],
  ['nothing but quotes', '""', 'no_callback'],
  ['a code alone', code, 'bare_code'],
  ['a code alone, in quotes', `"${code}"\n`, 'bare_code'],
  ['an older kind of code alone', '0af5'.repeat(16), 'bare_code'],
  ['a state alone', state, 'bare_code'],
  ['a word', 'hello', 'not_a_url'],
  ['a sentence', 'the page says: this site cannot be reached', 'not_a_url'],
  ['a sentence without a point', 'I have pressed the button and nothing happened', 'not_a_url'],
  ['a path', `/callback${query}`, 'not_a_url'],
  ['the parameters alone', query.slice(1), 'not_a_url'],
  ['a host without a scheme', `localhost:8080/callback${query}`, 'not_a_url'],
  ['a script', `javascript:alert(1)${query}`, 'not_a_url'],
  ['a file', `file:///callback${query}`, 'not_a_url'],
  ['an address without a host', `https://${query}`, 'not_a_url'],
  ['the consent link', link, 'consent_link'],
  ['the consent link, as a mail has it', `<${link.replaceAll('&', '&amp;')}>`, 'consent_link'],
  [
    "Xero's login page",
    `https://login.xero.com/identity/user/login?ReturnUrl=${encodeURIComponent('/identity/connect/authorize/callback')}`,
    'no_code',
  ],
  ['an address without parameters', 'http://localhost:8080/callback', 'no_code'],
  ['an empty code', `http://localhost:8080/callback?code=&state=${state}`, 'no_code'],
  ['a code in the fragment', `http://localhost:8080/callback#code=${code}&state=${state}`, 'no_code'],
  ['no state', `http://localhost:8080/callback?code=${code}`, 'no_state'],
  ['an empty state', `http://localhost:8080/callback?code=${code}&state=`, 'no_state'],
  ['Cancel', `http://localhost:8080/callback?error=access_denied&state=${state}`, 'access_denied'],
  [
    'Cancel, percent-encoded',
    encodeURIComponent('http://localhost:8080/callback?error=access_denied'),
    'access_denied',
  ],
  ['Cancel beside a code', `${url}&error=access_denied`, 'access_denied'],
  [
    'a refused scope',
    `http://localhost:8080/callback?error=access_denied&error_description=Requested+wrong+apps+scopes&state=${state}`,
    'invalid_scope',
  ],
  ['another error', 'http://localhost:8080/callback?error=server_error', 'error'],
  ['an error that is no word', 'http://localhost:8080/callback?error=%3Cb%3E', 'error'],
];

/**
 * What support staff paste as a callback URL. The collection's scripts and `scripts/core` must read each the same way.
 * The codes and states are no real ones.
 */
export const pastedCallbacks: readonly PastedCallback[] = [
  ...asCopied.map(([name, pasted]) => ({ name, pasted, expected: read })),
  ...decoding,
  ...refused.map(([name, pasted, expected]) => ({ name, pasted, expected })),
];
