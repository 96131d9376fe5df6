import { hmacSha256 } from '../../../scripts/consent/hmac';
import { makeState } from '../../../scripts/consent/state';

/** What a paste is refused as, by the codes that `scripts/consent/callback.ts` gives its failures. */
export type PasteRefusal =
  | 'no_callback'
  | 'not_a_url'
  | 'bare_code'
  | 'cut_off'
  | 'redirector'
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
const app = {
  clientId: 'ABC',
  clientSecret: 'no-real-secret-of-any-app',
  redirectUri: 'http://localhost:8080/callback',
};
const [madeAt, goodUntil] = [new Date('2026-11-22T10:00:00Z'), new Date('2026-12-06T10:00:00Z')];
const state = makeState({ name: 'acme', madeAt, goodUntil, mayReplace: false }, app, 'a-nonce', hmacSha256);
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

const start = url.slice(0, url.indexOf('?'));
const proofpoint = url.replaceAll(/[^\w./]/g, (char) => `-${char.charCodeAt(0).toString(16).toUpperCase()}`);
const quotedPrintable = url.replaceAll('=', '=3D').replaceAll(/(.{70})/g, '$1=\r\n');

/** Addresses that something between the browser and the paste has changed. */
const asSent: readonly (readonly [string, string])[] = [
  ['a sentence around it', `The page says this: ${url} and that it can't be reached. Thanks, Ann`],
  ['a sentence behind it, after a full stop', `${url}. It looks broken.`],
  [
    'a sentence around one that a mail has broken',
    `Here it is:\n${url.replaceAll(/(.{60})/g, '$1\n')}\n\nRegards, Ann`,
  ],
  ['a sentence in Japanese right behind it', `${url.slice(0, url.indexOf('&session'))}です`],
  ['an answer with the consent link quoted below it', `${url}\n\nOn Monday you wrote:\n> open this link\n> ${link}`],
  ['an answer with the consent link quoted above it', `> ${link}\n\n${url}`],
  ['first a cancelled one, then a good one', `${start}?error=access_denied and now ${url}`],
  ['no scheme', url.slice('http://'.length)],
  ['no scheme, with a host of its own', `app.example/callback${query}`],
  ['two slashes in place of a scheme', `//localhost:8080/callback${query}`],
  ['its path', `/callback${query}`],
  ['its parameters', query],
  ['its parameters without the question mark', query.slice(1)],
  ["a server's log", `127.0.0.1 - - [22/Nov/2026:10:00:00 +0000] "GET /callback${query} HTTP/1.1" 404 153`],
  ['a sentence around one with no scheme', `It stopped at localhost:8080/callback${query} and nothing happened`],
  ["a browser's source view", `view-source:${url}`],
  ["a browser's reader", `about:reader?url=${encoded}`],
  ['a link of markdown', `[the page](${url})`],
  ['a link of markdown that names itself', `[${url}](${url})`],
  ['bold markdown', `**${url}**`],
  ['markdown with escapes', url.replaceAll(/[_&=]/g, String.raw`\$&`)],
  ['code of markdown', `\`\`\`\n${url}\n\`\`\``],
  ['a link of a wiki', `[${url} the page]`],
  ['a link of Slack', `<${url}|localhost:8080>`],
  ['a link of Slack that names itself', `<${url}|${url}>`],
  ['a link of HTML', `<a href="${escaped}">this page</a>`],
  ['a link of HTML that names itself', `<p><a target="_blank" href='${escaped}'>${escaped}</a></p>`],
  ['entities by number', url.replaceAll('&', '&#38;').replaceAll('=', '&#61;')],
  ['quoted-printable', quotedPrintable],
  ['a link of HTML, quoted-printable', `<a href=3D"${quotedPrintable}">this page</a>`],
  [
    'JSON',
    JSON.stringify({ url })
      .replaceAll('&', String.raw`\u0026`)
      .replaceAll('/', String.raw`\/`),
  ],
  [
    'SafeLinks',
    `https://eur01.safelinks.protection.outlook.com/?url=${encoded}&data=05%7C02%7Cx&sdata=abc%3D&reserved=0`,
  ],
  [
    'SafeLinks in Teams',
    `https://statics.teams.cdn.office.net/evergreen-assets/safelinks/2/atp-safelinks.html?url=${encoded}&locale=en-gb`,
  ],
  [
    'SafeLinks broken by a mail',
    `https://eur01.safelinks.protection.outlook.com/?url=${encoded.replaceAll(/(.{40})/g, '$1\n')}&data=05`,
  ],
  [
    'SafeLinks twice',
    `https://eur01.safelinks.protection.outlook.com/?url=${encodeURIComponent(`https://eur02.safelinks.protection.outlook.com/?url=${encoded}&data=05`)}&data=05`,
  ],
  ["Google's redirect", `https://www.google.com/url?q=${encoded}&sa=D&source=gmail`],
  ["Google's redirect, not encoded", `https://www.google.com/url?sa=D&q=${url}`],
  ['a search for it', `https://www.google.com/search?q=${encoded}`],
  ["Facebook's redirect", `https://l.facebook.com/l.php?u=${encoded}&h=AT0`],
  ["Slack's redirect", `https://slack-redir.net/link?url=${encoded}`],
  ["Barracuda's filter", `https://linkprotect.cudasvc.com/url?a=${encoded}&c=E,1,x`],
  ["Cisco's filter", `https://secure-web.cisco.com/1aBcD-x/${encoded}`],
  [
    "Proofpoint's filter, version 2",
    `https://urldefense.proofpoint.com/v2/url?u=${proofpoint.replaceAll('_', '-5F').replaceAll('/', '_')}&d=DwMFaQ&c=x`,
  ],
  ["Proofpoint's filter, version 3", `https://urldefense.com/v3/__${url}__;!!ABC!x-y_z$`],
  [
    "Sophos' filter",
    `https://eu-west-1.protection.sophos.com/?d=localhost&u=${Buffer.from(url).toString('base64url')}&p=m`,
  ],
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
  ['no state, and what comes behind it', `http://localhost:8080/callback?code=${code}&session_state=x.y`, 'no_state'],
  [
    'an empty state, and what comes behind it',
    `http://localhost:8080/callback?code=${code}&state=&session_state=x.y`,
    'no_state',
  ],
  ['cut off at the question mark', `${start}?`, 'cut_off'],
  ['cut off in the name of the code', `${start}?co`, 'cut_off'],
  ['cut off in the code', `${start}?code=${code.slice(0, 10)}`, 'cut_off'],
  ['cut off in the scope', url.slice(0, url.indexOf('%20')), 'cut_off'],
  ['cut off before the state', url.slice(0, url.indexOf('eg2.')), 'cut_off'],
  ['cut off in the state', url.slice(0, url.indexOf('eg2.') + 12), 'cut_off'],
  ["cut off in the state's last part", url.slice(0, url.indexOf('&session') - 5), 'cut_off'],
  ['shortened by a chat', `${url.slice(0, 50)}…`, 'cut_off'],
  ['shortened by a chat, in a sentence', `It ended at ${url.slice(0, 50)}... and that was all`, 'cut_off'],
  [
    'cut off, through SafeLinks',
    `https://eur01.safelinks.protection.outlook.com/?url=${encoded.slice(0, 90)}`,
    'cut_off',
  ],
  ['cut off, without a scheme', `localhost:8080/callback?code=${code}&scope=openid`, 'cut_off'],
  ['a shortener', 'https://bit.ly/3xYz', 'redirector'],
  ['a mail filter that hides it', 'https://protect-eu.mimecast.com/s/aBcD?domain=localhost', 'redirector'],
  [
    'the consent link through SafeLinks',
    `https://eur01.safelinks.protection.outlook.com/?url=${encodeURIComponent(link)}&data=05`,
    'consent_link',
  ],
  ['the consent link in a sentence', `I got this link: ${link} but nothing came`, 'consent_link'],
  ["a browser's error page", 'chrome-error://chromewebdata/', 'not_a_url'],
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
  ...[...asCopied, ...asSent].map(([name, pasted]) => ({ name, pasted, expected: read })),
  ...decoding,
  ...refused.map(([name, pasted, expected]) => ({ name, pasted, expected })),
];
