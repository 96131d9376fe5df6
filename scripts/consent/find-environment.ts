import { environmentNamed, storeOf, type Context } from '../context';
import { valueOf, type Environment } from '../environment/environment';
import { isName } from '../environment/names';
import { readable, type StoredEnvironment } from '../environment/store';
import { invalid, type Failure } from '../errors';
import { nameIn } from './state';

/**
 * The environment that a state is for: a web app's state names it, a PKCE app's state is kept in the environment that
 * made it. The state is not verified here.
 * @throws Failure `invalid` when none matches, or when two do, because the wrong one might be connected
 */
export async function findByState(state: string, context: Context): Promise<StoredEnvironment> {
  const matches: Match[] = [];
  for (const name of await storeOf(context).names()) {
    const match = isName(name) ? await matchIn(name, state, context) : undefined;
    if (match !== undefined) matches.push(match);
  }
  const [found, other] = matches;
  if (found !== undefined && other !== undefined) throw claimedTwice([found, other], storeOf(context).where);
  if (found !== undefined) return environmentNamed(context, found.name);
  const renamed = await storeOf(context).currentName(nameIn(state) ?? '');
  if (renamed !== undefined) return environmentNamed(context, renamed);
  throw invalid(
    'unknown_state',
    `the callback URL's state names no environment in ${storeOf(context).where}`,
    'name the environment: npx evergrant exchange NAME, or say where it is with --environments DIR or --store URL',
  );
}

/** Whether a state says that it is for this environment. The state is not verified here. */
export function isStateFor(environment: Environment, state: string): boolean {
  return matchOf(environment, state) !== undefined;
}

/** An environment that a state may be for, and by what the two match. */
interface Match {
  readonly name: string;
  readonly by: 'its name' | 'the name inside it' | 'the state that it keeps';
}

async function matchIn(name: string, state: string, context: Context): Promise<Match | undefined> {
  const environment = await readable(environmentNamed(context, name));
  if (environment !== undefined) return matchOf(environment, state);
  // A file that can't be read is matched by its name; connecting it then reports why it can't be read.
  return nameIn(state) === name ? { name, by: 'its name' } : undefined;
}

function matchOf(environment: Environment, state: string): Match | undefined {
  const { name, innerName } = environment;
  const named = nameIn(state);
  if (named === name) return { name, by: 'its name' };
  if (named === innerName) return { name, by: 'the name inside it' };
  const isKept = named === undefined && valueOf(environment, 'consent_state') === state;
  return isKept ? { name, by: 'the state that it keeps' } : undefined;
}

function claimedTwice([one, other]: readonly [Match, Match], where: string): Failure {
  return invalid(
    'claimed_twice',
    `${one.name} by ${one.by} and ${other.name} by ${other.by} both claim this consent link`,
    `make the name inside each one in ${where} its own, then name the one meant: npx evergrant exchange NAME`,
  );
}
