/**
 * What kind of secret stands under a name, by the name alone: a password may be any word, a token is always made by a
 * machine. `neutral` names, such as `key` and `sig`, say something in a URL or header only.
 */
export type SecretKind = 'password' | 'client secret' | 'key' | 'token' | 'neutral';

const passwords =
  /passw(?:or)?d|passphrase|passcode|\bpwd\b|\bpass\b|\b(?:user|db|admin|smtp|ftp|my|login)(?:pass|pwd)\b|\bsenha|contrase[nñ]a|passwort|kennwort|mot ?de ?passe|\bmdp\b|[sş]ifre|\bparola|wachtwoord|пароль|密码/u;
const clientSecrets = /(?:client|consumer|app|application) ?secret|passphrase|private ?key/;
const keys =
  /secret|\bapi ?key|\bapp ?key\b|\bappid\b|\bauth ?key|access ?key|\b(?:application|subscription|functions?|account|shared|master|signing|encryption|service|storage|license|admin) key\b|hapikey/;
const tokens =
  /token|authorization|\bauth\b|credential|\bassertion|verifier|signature|cookie|jwt|bearer|sess(?:ion)? ?id\b|\bsid\b|\bsession\b/;
const neutral = /(?:^|\b)(?:key|sig|code)$/;

/** Words at the end that make a name one about a secret: `token_url`, `passwordPolicy`, `sessionTimeout`. */
const about =
  /\b(?:ur[li]s?|uri|endpoint|path|file|types?|names?|prefix|hint|methods?|algorithms?|alg|expir\w*|lifetime|ttl|timeout|at|in|to|on|length|count|total|used|limit|max|min|scopes?|status|challenge|by|field|label|title|description|policy|strength|regex|pattern|format|valid\w*|errors?|messages?|msg|page|changed|updated|created|required|enabled|exists|match\w*|version|date|time|issuer|audience|symbol|address|balance|header|placement|location|placeholder|param\w*|index|vault|var|variable|keyword|words)$/;
/** A client id and a tenant id are public, and a `session_id` mostly names a conversation. */
const ids = /\b(?:ids?|uuid|guid)$/;
/** Tokens and keys that are no secrets: those of pages, devices and tests, and whatever is public or Postman's own. */
const harmless =
  /\b(?:page|next|prev\w*|continuation|sync|cursor|pagination|cancel\w*|device|fcm|push|registration|publi\w*|idempotency|postman|primary|foreign|partition|sort|object|cache|translation|vapid|input|output|prompt|completion|stop|start|total|max|num|site)\b.*\b(?:tokens?|key)$|\b(?:forgot|reset|change|update|forget|set|has|is|no|show|generate|without)\b.*passw(?:or)?d$|less$/;

const known = new Map<string, SecretKind | undefined>();
const mostKnown = 10_000;

/** The kind of secret that a name announces; undefined for none. */
export function kindOfKey(key: string): SecretKind | undefined {
  if (known.has(key)) return known.get(key);
  const kind = key.length > 100 ? undefined : searchKind(wordsOf(key).replace(/(?<![\d ])[\d ]+$/, ''));
  if (known.size < mostKnown) known.set(key, kind);
  return kind;
}

function searchKind(words: string): SecretKind | undefined {
  if (about.test(words) || harmless.test(words)) return undefined;
  if (ids.test(words)) return undefined;
  if (clientSecrets.test(words)) return 'client secret';
  if (passwords.test(words)) return 'password';
  if (keys.test(words)) return 'key';
  if (tokens.test(words)) return 'token';
  return neutral.test(words) ? 'neutral' : undefined;
}

/** `clientSecret`, `client-secret` and `CLIENT_SECRET` as `client secret`. */
export function wordsOf(name: string): string {
  const spaced = name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .replaceAll(/[^\p{L}\d]+/gu, ' ');
  return spaced.trim().toLowerCase();
}
