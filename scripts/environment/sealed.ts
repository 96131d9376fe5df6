import { Failure } from '../errors';
import type { Sealing } from '../sealing/sealing';
import { isSealed } from '../sealing/envelope';
import { editEnvironment } from './edit';
import type { App, AppKey, AppValues } from './app-values';
import {
  bindingOf,
  bindingOfApp,
  contractKeys,
  has,
  rawOf,
  valueOf,
  type Changes,
  type ContractKey,
  type Environment,
} from './environment';
import { parseEnvironment } from './parse';

const keys = Object.keys(contractKeys) as ContractKey[];

/** The rows that are sealed. */
export const secretKeys: readonly ContractKey[] = keys.filter((key) => contractKeys[key] === 'secret');

/**
 * These changes with the secrets in them sealed. Values that stay are sealed too where they are not yet, and anew where they
 * are bound to a generation that changes.
 * @throws Failure `invalid` when this process has no key for it
 */
export function sealedChanges(before: Environment, changes: Changes, sealing: Sealing | undefined): Changes {
  if (sealing?.seals(before.name) !== true) return changes;
  const generation = changes.generation ?? rawOf(before, 'generation');
  const isMoved = generation !== rawOf(before, 'generation');
  const sealed = secretKeys.flatMap((key): [ContractKey, string][] => {
    const held = rawOf(before, key);
    const isFit = held === '' || (isSealed(held) && !(isMoved && isOfGeneration(key)));
    const given = changes[key] ?? (isFit ? undefined : valueOf(before, key));
    if (given === undefined || given === '') return [];
    return [[key, sealing.seal(bindingOf(before.name, key, generation), given)]];
  });
  return { ...changes, ...(Object.fromEntries(sealed) as Changes) };
}

/** Whether a text has its secrets as the store wants them already: sealed with the newest data key, or none sealed. */
function isAsKept(environment: Environment, sealing: Sealing | undefined): boolean {
  if (sealing?.seals(environment.name) !== true) return !isAnySealed(environment);
  const held = secretKeys.map((key) => rawOf(environment, key)).filter((value) => value !== '');
  return held.every((value) => sealing.isCurrent(value));
}

/** The secrets of an app. */
const appSecrets = ['client_secret', 'client_secret_previous'] as const satisfies readonly AppKey[];

/** The values of an app, opened. @throws Failure `invalid` */
export function openedApp({ name, values }: App, sealing: Sealing | undefined): AppValues | undefined {
  if (values === undefined) return undefined;
  const sealed = appSecrets.filter((key) => isSealed(values[key] ?? ''));
  const opened = sealed.map((key) => [key, sealing?.open(bindingOfApp(name, key), values[key] ?? '') ?? '']);
  return { ...values, ...(Object.fromEntries(opened) as AppValues) };
}

/** Values for an app with its secrets as the store wants them. @throws Failure `invalid` */
export function appAsKept(name: string, values: AppValues, sealing: Sealing | undefined): AppValues {
  if (sealing?.seals(`app ${name}`) !== true) return values;
  const given = appSecrets.filter((key) => (values[key] ?? '') !== '');
  const sealed = given.map((key) => [key, sealing.seal(bindingOfApp(name, key), values[key] ?? '')]);
  return { ...values, ...(Object.fromEntries(sealed) as AppValues) };
}

/** Whether an app's secrets are as the store wants them. */
export function isAppAsKept({ name, values = {} }: App, sealing: Sealing | undefined): boolean {
  const held = appSecrets.map((key) => values[key] ?? '').filter((value) => value !== '');
  if (sealing?.seals(`app ${name}`) !== true) return !held.some(isSealed);
  return held.every((value) => sealing.isCurrent(value));
}

/** The text of an environment with its secrets as the store wants them: all sealed anew, or none. @throws Failure `invalid` */
export function textAsKept(environment: Environment, sealing: Sealing | undefined, where: string): string {
  const isWanted = sealing?.seals(environment.name) === true;
  if (!isWanted && !isAnySealed(environment)) return environment.text;
  const opened = openedValues(environment);
  const open = { ...environment, text: editEnvironment(environment.text, opened, where) };
  return isWanted ? editEnvironment(open.text, sealedChanges(environment, opened, sealing), where) : open.text;
}

/**
 * The text of an environment, whose values are sealed for its name or for the one that it had, as the store wants it; undefined
 * where it is so. @throws Failure `invalid`
 */
export function textResealed(
  environment: Environment,
  was: string | undefined,
  sealing: Sealing | undefined,
  where: string,
): string | undefined {
  const isOwn = isSealedForItself(environment, where);
  if (isOwn && isAsKept(environment, sealing)) return undefined;
  const open = parseEnvironment(openedText(environment, where, was), environment.name, where, environment.sealing);
  return textAsKept(open, sealing, where);
}

/** For a kept copy: one that was changed, or whose key was lost, helps nobody and stays as it is; undefined then. */
export function unlessLost<Result>(reseal: () => Result): Result | undefined {
  try {
    return reseal();
  } catch (error) {
    if (error instanceof Failure && ['sealed_elsewhere', 'wrong_key'].includes(error.code)) return undefined;
    throw error;
  }
}

/** Whether every sealed value opens under the environment's own name. @throws Failure `invalid` without the key */
export function isSealedForItself(environment: Environment, where: string): boolean {
  try {
    openedText(environment, where);
    return true;
  } catch (error) {
    if (error instanceof Failure && error.code === 'sealed_elsewhere') return false;
    throw error;
  }
}

/** The text with no value sealed, for a person or another store. @throws Failure `invalid` without the key */
export function openedText(environment: Environment, where: string, was?: string): string {
  if (!isAnySealed(environment)) return environment.text;
  return editEnvironment(environment.text, openedValues(environment, was), where);
}

export function isAnySealed(environment: Environment): boolean {
  return secretKeys.some((key) => isSealed(rawOf(environment, key)));
}

/** Whether a secret stands in it as plain text. */
export function isAnyUnsealed(environment: Environment): boolean {
  return secretKeys.some((key) => rawOf(environment, key) !== '' && !isSealed(rawOf(environment, key)));
}

/** All secrets, opened; those that are not sealed for the environment's name may be for the one that it had. */
function openedValues(environment: Environment, was?: string): Changes {
  const held = secretKeys.filter((key) => has(environment, key));
  return Object.fromEntries(held.map((key) => [key, openedOf(environment, key, was)]));
}

function openedOf(environment: Environment, key: ContractKey, was: string | undefined): string {
  const [text, sealing] = [rawOf(environment, key), environment.sealing?.()];
  if (was === undefined || !isSealed(text) || sealing === undefined) return valueOf(environment, key);
  const own = sealing.tryOpen(bindingOf(environment.name, key, rawOf(environment, 'generation')), text);
  return own ?? valueOf({ ...environment, name: was }, key);
}

function isOfGeneration(key: ContractKey): boolean {
  return key === 'access_token' || key === 'refresh_token';
}
