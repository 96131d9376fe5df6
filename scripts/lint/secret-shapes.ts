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

/** What tells its maker by its form. The forms that secretlint knows are in provider-secrets.ts. */
const forms: readonly (readonly [kind: string, form: RegExp])[] = [
  ['a Stripe key', /\b[sr]k_(?:live|test)_[0-9A-Za-z]{16,}/g],
  ['a webhook secret', /\bwhsec_[0-9A-Za-z+/=]{24,}/g],
  ['a Google API key', /\bAIza[\w-]{35}(?![\w-])/g],
  ['a Google client secret', /\bGOCSPX-[\w-]{28}/g],
  ['a Google access token', /\bya29\.[\w-]{30,}/g],
  ['an AWS access key', /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g],
  ['a GitLab token', /\bgl(?:pat|dt|rt|cbt|ptt|oas)-[\w-]{20,}/g],
  ['a GitHub token', /\bgithub_pat_\w{40,}/g],
  ['a Postman API key', /\bPMAK-[0-9a-f]{24}-[0-9a-f]{34}\b/g],
  ['a Mailgun key', /\bkey-[0-9a-f]{32}\b/g],
  ['a SendGrid key', /\bSG\.[\w-]{20,24}\.[\w-]{39,50}/g],
  ['a Brevo key', /\bxkeysib-[0-9a-f]{64}-\w{16}\b/g],
  ['a Square token', /\bsq0(?:atp|csp)-[\w-]{22,}|\bEAAA[\w-]{60}\b/g],
  ['a Facebook token', /\bEAA[A-Z][0-9A-Za-z]{60,}/g],
  ['a Twilio key', /\bSK[0-9a-f]{32}\b/g],
  ['a DigitalOcean token', /\bdo[opr]_v1_[0-9a-f]{64}\b/g],
  ['a Databricks token', /\bdapi[0-9a-f]{32}\b/g],
  ['a Hugging Face token', /\bhf_[A-Za-z]{34}\b/g],
  ['an AI key', /\b(?:sk-(?:proj-|ant-|or-|svcacct-)?[\w-]{32,}|gsk_\w{40,}|xai-\w{60,}|pplx-\w{40,})/g],
  ['an Atlassian token', /\bAT[AC]TT3[\w=-]{60,}/g],
  ['a HubSpot token', /\bpat-(?:na|eu)\d-[0-9a-f-]{36}\b/g],
  ['a Notion token', /\b(?:secret_[0-9A-Za-z]{43}|ntn_\d{9,}[0-9A-Za-z]{30,})\b/g],
  ['a Vault token', /\bhv[sb]\.[\w-]{24,}/g],
  ['a Grafana token', /\bgl(?:sa_\w{32}_[0-9a-f]{8}|c_[\w+/=]{32,})/g],
  ['a New Relic key', /\bNRAK-[0-9A-Z]{27}\b/g],
  ['a PyPI token', /\bpypi-[\w-]{50,}/g],
  ['a Razorpay or Paystack key', /\b(?:sk|rzp)_(?:live|test)_[0-9a-f]{40}\b/g],
  ['a Firebase server key', /\bAAAA[\w-]{7}:[\w-]{100,}/g],
  ['a Telegram bot token', /(?<![\w-])(?:bot)?(\d{8,10}:AA[\w-]{33})(?![\w-])/g],
  ['a Slack webhook', /\bhooks\.slack\.com\/(?:services|workflows|triggers)\/[\w/-]{20,}/g],
  ['a Discord webhook', /\bdiscord(?:app)?\.com\/api\/webhooks\/\d{15,}\/[\w-]{40,}/g],
  ['a Teams webhook', /\bwebhook\.office\.com\/webhookb2\/[\w@-]{60,}\/IncomingWebhook\/[\w/-]{32,}/g],
  ['a Zapier webhook', /\bhooks\.zapier\.com\/hooks\/catch\/\d+\/\w{5,}/g],
  ['a Google Chat webhook', /\bchat\.googleapis\.com\/v1\/spaces\/[\w-]+\/messages\?key=[\w-]{30,}&token=[\w%-]{20,}/g],
  ['an Azure account key', /\b(?:AccountKey|SharedAccessKey)=([\w+/]{40,}={0,2})/g],
  ['a SAS signature', /[?&;\s]sig=((?:[\w+/-]|%[0-9A-Fa-f]{2}){20,}={0,2})/g],
];

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
    ...forms.flatMap(([kind, form]) => captured(text, form, kind)),
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
  return /^[\x20-\x7e]*:[\x20-\x7e]*$/.test(decoded) && isPair(decoded);
}

/** Whether `user:password` holds a password and no word for one; some services take a key as the user alone. */
export function isPair(text: string): boolean {
  const user = text.slice(0, text.indexOf(':'));
  const password = literalPart(text.slice(user.length + 1));
  if (password === '') return user.length >= 12 && looksRandom(user) && !isPlaceholder(user);
  const isNamed = saysItsName('password', password) && (saysItsName('username', user) || isPlaceholder(user));
  return !isNamed && !isPlaceholder(password) && !(isWordy(password) && /\s/.test(password));
}
