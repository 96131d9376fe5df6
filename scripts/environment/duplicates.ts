import { has, settingIn, valueOf, type Environment } from './environment';

/** The owner of the tokens that an environment holds. */
export interface Owned {
  readonly name: string;
  /** The app and the user. Two environments with the same owner may end each other's tokens. */
  readonly owner: string;
}

/** A list with an environment's name and owner; empty when it holds no tokens. */
export function ownedBy(environment: Environment): Owned[] {
  const [app, user] = [settingIn(environment, 'client_id'), valueOf(environment, 'authorised_user_id')];
  const isHeld = app !== '' && user !== '' && has(environment, 'refresh_token');
  return isHeld ? [{ name: environment.name, owner: `${app} ${user}` }] : [];
}

/** Takes whose tokens environments hold, one by one. */
export class Owners {
  private readonly byOwner = new Map<string, string[]>();

  add(name: string, owner: string): void {
    const names = this.byOwner.get(owner);
    if (names === undefined) this.byOwner.set(owner, [name]);
    else names.push(name);
  }

  /** See {@link duplicateGrants}. */
  duplicates(placeOf: (name: string) => string): string[][] {
    const groups = [...this.byOwner.values()].filter((names) => names.length > 1);
    return groups.map((names) => eachOnce(names, placeOf)).filter((names) => names.length > 1);
  }
}

/**
 * Environments that hold tokens of the same user and app: each refresh of one may end the other's token (Xero's advice
 * is one token set for each user, kept in one place). Returns groups of two names or more. `placeOf` is the same for names
 * of one environment, as a file and links to it are.
 */
export function duplicateGrants(owned: readonly Owned[], placeOf: (name: string) => string): string[][] {
  const owners = new Owners();
  for (const { name, owner } of owned) owners.add(name, owner);
  return owners.duplicates(placeOf);
}

function eachOnce(names: readonly string[], placeOf: (name: string) => string): string[] {
  const places = names.map(placeOf);
  return names.filter((_, at) => places.indexOf(places[at] ?? '') === at);
}

/** The warning about one group of {@link duplicateGrants}. */
export function formatDuplicates(names: readonly string[]): string {
  return `${names.join(' and ')} are of the same Xero user and app, and may end each other's tokens: keep one of them`;
}
