import type { Found } from './secret-shapes';

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

/** What secretlint finds in texts, by the text that it stands in. All are searched at once: each search has its price. */
export function providerSecretsIn(texts: Iterable<string>): ReadonlyMap<string, readonly Found[]> {
  const all = [...new Set(texts)];
  const content = all.join('\n');
  const found = new Map<string, Found[]>();
  const places = rules().flatMap(({ kind, rule }) => placesIn(content, rule).map((range) => ({ kind, range })));
  places.sort((a, b) => a.range[0] - b.range[0]);
  let end = -1; // of the text before
  let next = 0;
  let text = '';
  for (const { kind, range } of places) {
    while (range[0] > end && next < all.length) {
      text = all[next] ?? '';
      end += text.length + 1;
      next += 1;
    }
    found.set(text, [...(found.get(text) ?? []), { kind, secret: content.slice(...range) }]);
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
