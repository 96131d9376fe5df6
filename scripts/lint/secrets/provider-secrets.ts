import type { Found } from './secret-shapes';
import { isPlaceholder } from './secret-values';

/** What of secretlint's interface for rules is used here; see its documentation, "Rule API". */
interface SecretlintRule {
  readonly meta: { readonly id: string };
  create(context: RuleContext, options: object): { file?(source: Source): unknown };
}

interface RuleContext {
  createTranslator(): (id: string) => { messageId: string };
  report(found: { readonly range: readonly [number, number] }): void;
  ignore(): void;
  readonly sharedOptions: object;
}

interface Source {
  readonly filePath: string;
  readonly content: string;
  readonly contentType: 'text';
  readonly ext: string;
}

/**
 * The rules about tokens that tell their maker by their form. The others say less than ours: of URLs with passwords, of keys
 * whose name stands beside them, and of comments that switch the search off.
 */
const providers: Readonly<Record<string, string>> = {
  npm: 'an npm token',
  slack: 'a Slack token',
  shopify: 'a Shopify token',
  github: 'a GitHub token',
  openai: 'an OpenAI key',
  anthropic: 'an Anthropic key',
  linear: 'a Linear key',
  '1password': 'a 1Password token',
};

/** What tells its maker by its form, where secretlint has no rule or a narrower one. */
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
  ['a Notion token', /\b(?:secret_[0-9A-Za-z]{43}|ntn_\d{9}[0-9A-Za-z]{30,})\b/g],
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

/**
 * Every secret that tells its maker by its form, by the text that it stands in. All texts are searched at once: each search has
 * its price, and a collection has many short texts.
 */
export function providerSecretsIn(texts: Iterable<string>): ReadonlyMap<string, readonly Found[]> {
  const all = [...new Set(texts)];
  const content = all.join('\n');
  const places = [
    ...rules().flatMap(({ kind, rule }) => placesIn(content, rule).map((range) => ({ kind, range }))),
    ...forms.flatMap(([kind, form]) => [...content.matchAll(form)].map((match) => ({ kind, range: rangeOf(match) }))),
  ];
  return byText(all, content, places);
}

interface FoundAt {
  readonly kind: string;
  readonly range: readonly [number, number];
}

/** The place of what a form captures, or of all that it matches. */
function rangeOf(match: RegExpExecArray): readonly [number, number] {
  const secret = match[1] ?? match[0];
  const start = match.index + match[0].indexOf(secret);
  return [start, start + secret.length];
}

function byText(all: readonly string[], content: string, places: readonly FoundAt[]): ReadonlyMap<string, Found[]> {
  const found = new Map<string, Found[]>();
  let end = -1; // of the text before
  let next = 0;
  let text = '';
  for (const { kind, range } of places.toSorted((a, b) => a.range[0] - b.range[0])) {
    while (range[0] > end && next < all.length) {
      text = all[next] ?? '';
      end += text.length + 1;
      next += 1;
    }
    const secret = content.slice(...range);
    if (isPlaceholder(secret.slice(0, 400))) continue;
    const others = found.get(text);
    if (others === undefined) found.set(text, [{ kind, secret }]);
    else others.push({ kind, secret });
  }
  return found;
}

function placesIn(content: string, rule: SecretlintRule): (readonly [number, number])[] {
  const ranges: (readonly [number, number])[] = [];
  const context: RuleContext = {
    createTranslator: () => (messageId) => ({ messageId }),
    report: ({ range }) => ranges.push(range),
    ignore: () => undefined,
    sharedOptions: {},
  };
  rule.create(context, {}).file?.({ filePath: 'collection.json', content, contentType: 'text', ext: '.json' });
  return ranges;
}

/** Loaded when something is linted: no other command pays for it. */
function rules(): { kind: string; rule: SecretlintRule }[] {
  const preset = require('@secretlint/secretlint-rule-preset-recommend') as {
    readonly rules: readonly SecretlintRule[];
  };
  return preset.rules.flatMap((rule) => {
    const kind = providers[rule.meta.id.replace('@secretlint/secretlint-rule-', '')];
    return kind === undefined ? [] : [{ kind, rule }];
  });
}
