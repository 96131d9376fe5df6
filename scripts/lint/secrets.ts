import { fingerprint } from '../text/fingerprint';
import { assignedIn } from './secrets/assignments';
import type { Collection } from './collection';
import type { Fault, Rule } from './finding';
import { printable } from './secrets/printable';
import { providerSecretsIn } from './secrets/provider-secrets';
import { secretsInComment, secretsInScript, type FoundInScript } from './script-secrets';
import { kindOfKey, type SecretKind } from './secrets/secret-keys';
import { shapesIn, type Found } from './secrets/secret-shapes';
import { isPlaceholder, isSecretValue, saysItsName, type SecretPlace } from './secrets/secret-values';
import type { ScriptText, Text } from './texts';

export const secrets: readonly Rule[] = [
  {
    id: 'secret-in-file',
    level: 'error',
    hint: 'put a {{variable}} in its place, keep the value in an environment that git ignores, and have the secret replaced: it counts as known',
    find: (collection) => withoutRepeats(secretsIn(collection).map(faultOf)),
  },
];

/** Every secret that stands in a collection, for whoever prints anything about it. */
export function secretValuesIn(collection: Collection): string[] {
  return secretsIn(collection).map(({ secret }) => secret);
}

interface Placed extends Found {
  readonly text: Text;
  /** Counted from 1, in a script. */
  readonly line: number | null;
}

const known = new WeakMap<Collection, readonly Placed[]>();

function secretsIn(collection: Collection): readonly Placed[] {
  const already = known.get(collection);
  if (already !== undefined) return already;
  const ofProviders = providerSecretsIn(collection.texts.map(({ text }) => text));
  const found = collection.texts.flatMap((text): Placed[] => {
    const provided = ofProviders.get(text.text) ?? [];
    if (!('script' in text))
      return distinct([...provided, ...foundIn(text)]).map((one) => ({ ...one, text, line: null }));
    return distinct([
      ...provided.map((one) => ({ ...one, line: lineIn(text.text, one.secret) })),
      ...foundInScript(text),
    ]).map((one) => ({ ...one, text }));
  });
  known.set(collection, found);
  return found;
}

function lineIn(script: string, secret: string): number {
  return script.slice(0, script.indexOf(secret)).split('\n').length;
}

const ofScripts = new WeakMap<object, readonly FoundInScript[]>();

function foundInScript({ script, text }: ScriptText): readonly FoundInScript[] {
  if (typeof script === 'string')
    return text.split('\n').flatMap((line, at) => secretsInComment(line).map((found) => ({ ...found, line: at + 1 })));
  const already = ofScripts.get(script);
  if (already !== undefined) return already;
  const found = secretsInScript(script);
  ofScripts.set(script, found);
  return found;
}

function foundIn(text: Text): Found[] {
  const shaped = shapesIn(text.text);
  if (text.place === 'name') return shaped;
  const style = text.place === 'prose' ? 'prose' : 'wire';
  const assigned = assignedIn(text.text, style).map((secret) => ({ kind: 'a secret', secret }));
  return [...shaped, ...keyed(text), ...assigned];
}

/** What is a secret by the key of its row or property. */
function keyed({ key, text, place, user }: Text): Found[] {
  if (place === 'text' || place === 'name' || place === 'prose' || isBasic(text)) return [];
  const kind = kindIn(place, key);
  const value = withoutScheme(text);
  if (kind === undefined || !isSecretValue(kind, key, value, place)) return [];
  const isExample =
    kind === 'password' &&
    saysItsName(key, value) &&
    (user === '' || saysItsName('username', user) || isPlaceholder(user));
  return place === 'auth' && isExample ? [] : [{ kind: 'a secret', secret: value }];
}

/** In the settings of an API key, `value` is the key; the name of its header or parameter stands under `key`. */
function kindIn(place: SecretPlace, key: string): SecretKind | undefined {
  if (place !== 'auth') return kindOfKey(key);
  if (key === 'value') return 'key';
  if (key === 'secret') return 'client secret';
  return /^(?:key|state|nonce|code_challenge)$/.test(key) ? undefined : kindOfKey(key);
}

/** Basic credentials are told by their form, and so are placeholders in their place. */
function isBasic(value: string): boolean {
  return /^\s*Basic\s/i.test(value);
}

/** A value without the scheme that an Authorization header puts before it. */
function withoutScheme(value: string): string {
  return value.trim().replace(/^[A-Za-z][\w-]{1,30}\s+(?=\S+$)/, '');
}

const mostCompared = 100;

/** Each secret once: the part of one that was found already is the same secret. */
function distinct<T extends Found>(found: readonly T[]): T[] {
  const all = [...new Map(found.toReversed().map((one) => [one.secret, one])).values()].toReversed();
  if (all.length > mostCompared) return all;
  return all.filter(({ secret }, at) => !all.slice(0, at).some((other) => other.secret.includes(secret)));
}

function faultOf({ kind, secret, text, line }: Placed): Fault {
  const isNameless = text.key === '' || text.place === 'text' || text.place === 'prose' || text.place === 'name';
  const under = isNameless ? '' : ` under ${printable(text.key)}`;
  const message = `${kind}${under} stands in the file (sha256 ${fingerprint(secret, 8)}…): whoever gets the file has it`;
  return { where: text.where, line, message, at: text.at };
}

/** A URL is in the file twice, as a whole and in parts; its secret is one finding. */
function withoutRepeats(faults: readonly Fault[]): Fault[] {
  const mark = ({ where, line, message }: Fault): string => [where, line, /sha256 (\w+)/.exec(message)?.[1]].join('\n');
  return [...new Map(faults.toReversed().map((fault) => [mark(fault), fault])).values()].toReversed();
}
