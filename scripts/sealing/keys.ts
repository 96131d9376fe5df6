import type { WrappingKeys } from './wrapping-keys';

/** How the wrapping keys are got; called when a value is first sealed or opened. */
export interface Keys {
  /** The place as a person would name it; undefined when none is configured. */
  readonly where: string | undefined;
  /** Reads them, once a process; `again` reads them again: somebody may have changed them. @throws Failure `invalid` */
  read(again: boolean): WrappingKeys;
}

/** Where no source of keys is configured. */
export const noKeys: Keys = { where: undefined, read: () => ({}) };

/** The keys of the first source that is configured, looked for when they are first needed. @throws Failure `invalid` */
export function keysOf(
  process: NodeJS.ProcessEnv,
  env: () => Readonly<Record<string, string | undefined>>,
  secrets: Set<string>,
): Keys {
  let read: WrappingKeys | undefined;
  const source = (): import('./key-source').KeySource | undefined => {
    const { keySourceIn } = require('./key-source') as typeof import('./key-source');
    return keySourceIn(process, env());
  };
  return {
    get where() {
      return source()?.where;
    },
    read: (again) => {
      if (read !== undefined && !again) return read;
      const { readKeys } = require('./key-source') as typeof import('./key-source');
      const from = source();
      read = from === undefined ? {} : readKeys(from);
      for (const key of Object.values(read)) secrets.add(key.toString('base64url'));
      return read;
    },
  };
}
