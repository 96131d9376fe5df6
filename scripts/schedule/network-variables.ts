import { networkVariableNames } from '../network/proxy';

/** What a job needs to reach Xero as this shell does. */
export interface NetworkVariables {
  /** Names and values that a unit may hold. */
  readonly given: readonly (readonly [string, string])[];
  /** Names whose values hold a password, or can't be told not to. */
  readonly withheld: readonly string[];
}

/** The proxies and certificate authorities of these variables, as far as they are no secret. */
export function networkVariables(variables: Readonly<Record<string, string | undefined>>): NetworkVariables {
  const set = networkVariableNames.flatMap((name): [string, string][] => {
    const value = variables[name] ?? '';
    return value === '' ? [] : [[name, value]];
  });
  return {
    given: set.filter(([, value]) => isPlain(value)),
    withheld: set.filter(([, value]) => !isPlain(value)).map(([name]) => name),
  };
}

/** A proxy's user and password stand before an `@`. The rest is what every scheduler's file can carry. */
function isPlain(value: string): boolean {
  return /^[\w./:,*[\]+~ -]{1,500}$/.test(value) && value.trim() === value;
}

/** What to do about the values that no unit may hold, for people; `how` names the scheduler's way. */
export function formatWithheld({ withheld }: NetworkVariables, how: string): string[] {
  if (withheld.length === 0) return [];
  return [`${withheld.join(', ')} may hold a password, and is not in there: ${how}`];
}
