import { runnerOf, type Context } from '../context';
import type { Settings } from '../environment/settings';
import { Failure } from '../errors';
import type { Runner } from '../newman/send';
import type { Answer } from '../refresh/token-answer';
import { scrub } from '../text/scrub';
import { limitHint } from './limit/limit';
import type { Preflight } from './link-answer';
import { judgePreflight } from './preflight';
import { scopeProblems } from './scopes';

/** The pause between two requests, so that the search for a bad scope sends them as slowly as a person. */
const pauseMs = 250;

/** Sends a link made like the real one, as a browser that is not signed in. @throws Failure when Xero refuses it */
export async function checkLink(settings: Settings, context: Context): Promise<void> {
  const runner = runnerOf(context);
  const preflight = await ask(settings, runner);
  if (preflight.kind === 'accepted') return;
  const { name } = settings.environment;
  const { parameter, problem } = preflight;
  const culprits = parameter === 'scopes' ? await findBadScopes(settings, runner, context) : [];
  const clean = (text: string): string => scrub(text, context.console.secrets);
  if (parameter === 'connection_limit') throw limitReached(name, clean(problem));
  const which = culprits.length === 0 ? parameter : `${parameter}: ${clean(culprits.join(', '))}`;
  const mend = scopeProblems(['offline_access', ...culprits, 'x'].join(' ')).map((found) => found.mend);
  throw new Failure(
    'refused',
    `bad_${parameter}`,
    `Xero refuses the consent link of ${name} because of ${which} (${clean(problem)})`,
    mend[0] ?? preflightHints[parameter] ?? `compare ${name} with the app at developer.xero.com`,
  );
}

/** Xero's own page says so before anybody has signed in. */
function limitReached(name: string, problem: string): Failure {
  const message = `Xero connects no further organisation to the app of ${name}: all of its connections are used (${problem})`;
  return new Failure('refused', 'bad_connection_limit', message, limitHint);
}

const preflightHints: Readonly<Record<string, string>> = {
  redirect_uri: 'add exactly this redirect URI to the app at developer.xero.com, or correct redirect_uri',
  client_id: 'copy client_id again from the app at developer.xero.com',
  scopes: 'ask only for scopes that the app has; apps made since 2 March 2026 have the granular ones only',
};

async function ask(settings: Settings, runner: Runner, scopes?: string): Promise<Preflight> {
  const answers: Answer[] = [];
  const followUps: Answer[] = [];
  await runner.send(settings, 'Consent link', {
    onAnswer: (answer) => answers.push(answer),
    onFollowUp: (answer) => followUps.push(answer),
    variables: scopes === undefined ? undefined : { scopes },
  });
  return judgePreflight([...answers, ...followUps], settings.value('redirect_uri'));
}

/** Finds the bad scopes: asks for each half of them, then for the halves of a refused half, down to single scopes. */
async function findBadScopes(settings: Settings, runner: Runner, context: Context): Promise<string[]> {
  const isRefused = async (scopes: string): Promise<boolean> => {
    await context.sleep(pauseMs);
    return (await ask(settings, runner, scopes)).kind === 'refused';
  };
  const search = async (scopes: readonly string[]): Promise<string[]> => {
    if (!(await isRefused(['openid', ...scopes].join(' ')))) return [];
    if (scopes.length === 1) return [...scopes];
    const half = Math.ceil(scopes.length / 2);
    return [...(await search(scopes.slice(0, half))), ...(await search(scopes.slice(half)))];
  };
  const asked = settings
    .value('scopes')
    .split(/\s+/)
    .filter((scope) => scope !== 'offline_access' && scope !== 'openid');
  const half = Math.ceil(asked.length / 2);
  return [...(await search(asked.slice(0, half))), ...(await search(asked.slice(half)))];
}
