import { envelopeIn } from '../../sealing/envelope';
import { wordsOf, type SecretKind } from './secret-keys';

/**
 * How a value stands in the file: in the settings of an authorisation, in a row of its own, as a field of a body, in a
 * URL or header, in code, or in a sentence. The more a place may say other things, the more a secret there must look like one.
 */
export type SecretPlace = 'auth' | 'row' | 'field' | 'query' | 'code' | 'prose';

/**
 * Whether what stands under a name of this kind is a secret, and no placeholder, word or number. What evergrant has sealed is
 * none: without the key nobody opens it.
 */
export function isSecretValue(kind: SecretKind, key: string, value: string, place: SecretPlace): boolean {
  const text = literalPart(value);
  if (text === '' || text.length > longestSecret || isPlaceholder(text)) return false;
  if (envelopeIn(text) !== undefined) return false;
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text) || (place !== 'auth' && /\s/.test(text))) return false;
  if (kind === 'password') return isPassword(key, text, place);
  if (saysItsName(key, text)) return false;
  if (kind === 'client secret')
    return text.length >= (place === 'auth' ? 3 : 6) && (place !== 'prose' || isMixed(text));
  if (kind === 'neutral') return (place === 'query' || place === 'row') && text.length >= 20 && looksRandom(text);
  if (looksRandom(text)) return true;
  if (place === 'auth') return text.length >= 6 && !isWordy(text);
  const shortest = kind === 'key' ? 6 : isNamedWell.test(wordsOf(key)) ? 8 : Infinity;
  return place !== 'prose' && text.length >= shortest && isMixed(text) && !isWordy(text) && !isSequence(text);
}

/** A token that is called so is no count and no kind of thing. */
const isNamedWell = /\b(?:access|refresh|id|auth|bearer) ?token\b/;
const longestSecret = 20_000;

/** People choose passwords: `kane` is one, and so is `password` where a user's name stands beside it. */
function isPassword(key: string, text: string, place: SecretPlace): boolean {
  if (/^(?:true|false|yes|no|null|none|nil|undefined|required|optional|pass|passed|fail|failed|ok)$/i.test(text))
    return false;
  if (place === 'auth') return true;
  if (saysItsName(key, text) || /^\d{1,2}$/.test(text)) return false;
  if (place === 'prose') return text.length >= 6 && isMixed(text);
  return text.length >= (place === 'code' ? 4 : 3);
}

/** What is left of a value when its `{{placeholders}}` are taken out, a cut-off one too. */
export function literalPart(value: string): string {
  return value.includes('{{') ? value.replaceAll(/\{\{[^{}]*(?:\}\}|$)/g, '').trim() : value.trim();
}

/** Words that people put where a secret will stand, or where a wrong one shall be refused. */
const stands =
  /your|example|sample|placeholder|change.?(?:me|this|it)|replace|insert|(?:^|[^a-z])(?:enter|paste|todo|dummy|mock|fake|foo|bar|here|tbd)(?:[^a-z]|$)|redacted|removed|hidden|masked|scrubbed|secret.?here|wrong|invalid|incorrect|nonexist|not.?(?:valid|real|a.?secret|the)|no.?such|xxx|\*{3,}|\.\.\.|…|•|###/i;
const wholes = /^(?:<.*>|\{.*\}|\[.*\]|\(.*\)|\$.*|%.*%?|[:@#][A-Za-z]\w*|__.*__|-+|(.)\1+|\?+)$/;
/** What a description of an API puts for any text. */
const types =
  /^(?:string|str|text|number|integer|boolean|object|array|null|undefined|uuid|any|value|n\/a|quis|lorem\w*)$/i;
/** Examples in the standards and in the documentation of common products. */
const examples =
  /SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c|TJVA95OrM7E2cBab30RMHrHDcEfxjoYZgeFONFh7HgQ|2YotnFZFEjr1zCsicMWpAA|tGzv3JOkF0XG5Qx2TlKWIA|SplxlOBeZQQYbYS6WxSbIA|czZCaGRSa3F0MzpnWDFmQmF0M2JW|gX1fBat3bV|7Fjfp0ZBr1KtDRbnfVdmIw|dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk|E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM|QWxhZGRpbjpvcGVuIHNlc2FtZQ/;

export function isPlaceholder(text: string): boolean {
  return (
    stands.test(text) ||
    wholes.test(text) ||
    types.test(text) ||
    examples.test(text) ||
    /[<{[][\w .-]+[>}\]]/.test(text)
  );
}

const generic: ReadonlySet<string> = new Set(
  'a an the my our some this that user username client consumer api app application access refresh auth authorization bearer basic jwt oauth oauth2 id token tokens key keys secret secrets password passwd pass pwd value string new old current valid custom test demo'.split(
    ' ',
  ),
);

/** `refreshToken` under `refreshToken`, `MY_API_KEY` under `api_key`: the name again, and words that go with any name. */
export function saysItsName(key: string, text: string): boolean {
  if (text.length > 60) return false;
  const own = new Set(wordsOf(key).split(' '));
  const words = wordsOf(text).split(' ');
  const isSame = words.join('') === [...own].join('');
  return isSame || words.every((word) => own.has(word) || generic.has(word) || /^\d$/.test(word));
}

function isMixed(text: string): boolean {
  return /\d/.test(text) && /\p{L}/u.test(text);
}

/** Whether a run of characters is more likely a machine's than a person's: long, with letters and digits mixed. */
export function looksRandom(run: string): boolean {
  if (run.length < 12 || isWordy(run) || isInstant.test(run) || isSequence(run)) return false;
  const words = run.split(/[^A-Za-z0-9]+/);
  const hasMixedWord = words.some((word) => word.length >= 12 && /\d/.test(word) && /[A-Za-z]/.test(word));
  const digits = run.replaceAll(/\D/g, '').length;
  const isLongMix = run.length >= 20 && digits >= 3 && /[A-Za-z]/.test(run);
  const isCaseMix = /[A-Za-z]{24,}/.test(run) && /[a-z][A-Z][a-z]?[A-Z]/.test(run);
  return (hasMixedWord || isLongMix || isCaseMix) && new Set(run).size >= 8;
}

/** `1234567890abcdef`, and whatever is put together from such rows of neighbours. */
function isSequence(text: string): boolean {
  let rest = 0;
  let row = 1;
  for (let at = 1; at <= text.length; at += 1) {
    const step = text.charCodeAt(at) - text.charCodeAt(at - 1);
    if (step === 1 || (text[at - 1] === '9' && text[at] === '0')) row += 1;
    else {
      if (row < 4) rest += row;
      row = 1;
    }
  }
  return rest <= text.length / 5;
}

const isInstant = /^\d{4}-\d\d-\d\d(?:[T ][\d:.+Z-]*)?$/;

/** Whether most of a text is words, as in `get3dsAvailability`, `x-www-form-urlencoded` and `TC001_Login_ValidUser`. */
export function isWordy(text: string): boolean {
  const chunks = text.match(/[A-Z]?[a-z]+|[A-Z](?:[A-Z](?![a-z]))*|\d+/g) ?? [];
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const words = chunks.filter(isWord);
  const spoken = words.reduce((sum, chunk) => sum + chunk.length, 0);
  const numbers = chunks.filter((chunk) => /^\d/.test(chunk)).length;
  const isMostlyWords = spoken >= 0.55 * length && chunks.length - words.length <= words.length + 2;
  return length > 0 && isMostlyWords && numbers <= 1 + chunks.length / 4;
}

function isWord(chunk: string): boolean {
  return (
    chunk.length >= 4 && chunk.length <= 20 && /[aeiouy]/i.test(chunk) && !/[^aeiouy\d]{5,}|[aeiouy]{4,}/i.test(chunk)
  );
}
