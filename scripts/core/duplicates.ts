import { valueOf, type Environment } from './environment';

/**
 * Environments that hold tokens of the same user and app: each refresh of one may end the other's token (Xero's advice is
 * one token set for each user, kept in one place). Groups of two names or more.
 */
export function duplicateGrants(environments: readonly Environment[]): string[][] {
  const byOwner = new Map<string, string[]>();
  for (const environment of environments) {
    const [app, user] = [valueOf(environment, 'client_id'), valueOf(environment, 'authorised_user_id')];
    if (app === '' || user === '' || valueOf(environment, 'refresh_token') === '') continue;
    const owner = `${app} ${user}`;
    byOwner.set(owner, [...(byOwner.get(owner) ?? []), environment.name]);
  }
  return [...byOwner.values()].filter((names) => names.length > 1);
}

/** The warning about one group of {@link duplicateGrants}. */
export function sayDuplicates(names: readonly string[]): string {
  return `${names.join(' and ')} are of the same Xero user and app, and may end each other's tokens: keep one of them`;
}
