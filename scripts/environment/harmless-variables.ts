import { scrubber } from '../text/scrub';
import { secretsOf, type Environment } from './environment';
import { storeVariable } from './env-names';
import type { EnvVariables } from './settings';

/** Variables that commands and hooks never receive, whatever they hold. */
const secretName =
  /^(XERO_(CLIENT_SECRET\w*|ACCESS_TOKEN|REFRESH_TOKEN)|EVERGRANT_((\w+_)?(KEY|SECRET|TOKEN|PASSWORD)|PING_URL))$/i;

/**
 * Short secrets occur in other values by chance. From 12 characters a secret is found inside a value; from 8, only as
 * the whole value; a shorter one is not looked for.
 */
const [insideLength, wholeLength] = [12, 8];

/** The variables, except those that are secret by name or hold a secret in any encoding. */
export function withoutSecrets(variables: NodeJS.ProcessEnv, secrets: ReadonlySet<string>): NodeJS.ProcessEnv {
  const whole = new Set([...secrets].filter(({ length }) => length >= wholeLength));
  const clean = scrubber([...secrets].filter(({ length }) => length >= insideLength));
  const harmless = Object.entries(variables).filter(
    ([name, value = '']) => !secretName.test(name) && !whole.has(value.trim()) && clean(value) === value,
  );
  return Object.fromEntries(harmless);
}

/**
 * The variables, with the store's place in them and not its password: a child of this process takes that from `.env`, a
 * password file or a service file. Where the environments are files, a password of libpq is of another database, and stays.
 */
export function withoutStorePassword(variables: NodeJS.ProcessEnv, store: string): NodeJS.ProcessEnv {
  if (store === '') return variables;
  const { PGPASSWORD: _, [storeVariable]: given, ...others } = variables;
  return given === undefined ? others : { ...others, [storeVariable]: withoutPassword(given) };
}

/**
 * The URL of a database as others may see it. What has no password comes back as it is; in one that is refused, a password
 * with an unencoded character ends at the last @.
 */
export function withoutPassword(url: string): string {
  const inFront = url.replace(/^(\w+:\/\/[^:@]*):.*@/s, '$1@');
  return inFront.replace(/(?<=[?&])password=[^&#]*&?/gi, '').replace(/[?&]$/, '');
}

/** Every secret in several readings of an environment, and in the variables that fill its blanks. */
export function knownSecrets(
  environments: readonly (Environment | undefined)[],
  env: EnvVariables,
): ReadonlySet<string> {
  const held = environments.flatMap((one) => (one === undefined ? [] : secretsOf(one)));
  const fromEnv = Object.entries(env).flatMap(([name, value = '']) => (secretName.test(name) ? [value.trim()] : []));
  return new Set([...held, ...fromEnv].filter((secret) => secret !== ''));
}
