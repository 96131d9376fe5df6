import { scrubber } from '../text/scrub';
import { secretsOf, type Environment } from './environment';
import type { EnvVariables } from './settings';

/** Nobody's business that a command is run for or told by, whatever they hold. */
const secretName =
  /^(XERO_(CLIENT_SECRET\w*|ACCESS_TOKEN|REFRESH_TOKEN)|EVERGRANT_(\w+_)?(KEY|SECRET|TOKEN|PASSWORD))$/i;

/** Shorter secrets stand in other values by chance: they are told by the whole value alone, the shortest not even so. */
const [telltaleLength, shortestTold] = [12, 8];

/** The variables without those that are secret by name, or hold a secret in any encoding. */
export function withoutSecrets(variables: NodeJS.ProcessEnv, secrets: ReadonlySet<string>): NodeJS.ProcessEnv {
  const whole = new Set([...secrets].filter(({ length }) => length >= shortestTold));
  const clean = scrubber([...secrets].filter(({ length }) => length >= telltaleLength));
  const harmless = Object.entries(variables).filter(
    ([name, value = '']) => !secretName.test(name) && !whole.has(value.trim()) && clean(value) === value,
  );
  return Object.fromEntries(harmless);
}

/** Every secret that is known of an environment, as it was read at one time and another, and what fills its blanks. */
export function knownSecrets(
  environments: readonly (Environment | undefined)[],
  env: EnvVariables,
): ReadonlySet<string> {
  const held = environments.flatMap((one) => (one === undefined ? [] : secretsOf(one)));
  const fromEnv = Object.entries(env).flatMap(([name, value = '']) => (secretName.test(name) ? [value.trim()] : []));
  return new Set([...held, ...fromEnv].filter((secret) => secret !== ''));
}
