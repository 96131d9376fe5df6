import { randomBytes } from 'node:crypto';
import { homeOf, runnerOf, type Context } from '../context';
import { forOneRequest } from '../core/access';
import { makeConsentLink } from '../core/consent-link';
import type { Changes } from '../core/environment';
import type { EnvironmentHome } from '../core/home';
import { judgePreflight } from '../core/preflight';
import { credentialKeys, requireSettings, settingsOf, type Settings } from '../core/settings';
import { scopeProblems } from '../core/scopes';
import { linkLifetimeMs } from '../core/state';
import type { Answer } from '../core/token-answer';
import { Failure, invalid } from '../errors';

export interface ConsentCommand {
  readonly name: string;
  readonly isChecked: boolean;
  readonly isJson: boolean;
}

/** Prints the link that a person with access to the Xero organisation opens once. Nothing of the connection changes. */
export async function consent(options: ConsentCommand, context: Context): Promise<number> {
  const { console } = context;
  const home = homeOf(context, options.name);
  const settings = settingsOf(home.read(), context.outside(), home.where);
  refuseCustomConnection(settings);
  requireSettings(
    settings,
    ['authorize_url', ...credentialKeys(settings.appType), 'redirect_uri', 'scopes'],
    home.where,
  );
  if (options.isChecked) await checkWithXero(settings, context);
  const link = makeConsentLink(settings, context.now(), randomBytes);
  await remember(home, link.changes);
  const expiresAt = new Date(context.now().getTime() + linkLifetimeMs).toISOString();
  if (options.isJson) console.print(JSON.stringify({ environment: home.name, url: link.url, expiresAt }, null, 2));
  else console.print(link.url);
  console.say(
    `good until ${expiresAt.slice(0, 10)}; when the browser has come back, paste its address: npx evergrant exchange ${home.name}`,
  );
  for (const { problem, mend } of scopeProblems(settings.value('scopes'))) {
    console.say(`${console.style.yellow('note')}: ${problem}\n  → ${mend}`);
  }
  return 0;
}

function refuseCustomConnection({ appType, environment: { name } }: Settings): void {
  if (appType !== 'custom_connection') return;
  throw invalid(
    'no_consent_link',
    `${name} is a custom connection: its consent is given in Xero's portal, by e-mail, and needs no link`,
    `once it is authorised there: npx evergrant refresh ${name}`,
  );
}

/** Sends a link of the same making, as a browser without a session would. @throws Failure when Xero refuses it */
async function checkWithXero(settings: Settings, context: Context): Promise<void> {
  const answers: Answer[] = [];
  const followUps: Answer[] = [];
  await runnerOf(context).send(settings, 'Consent link', {
    onAnswer: (answer) => answers.push(answer),
    onFollowUp: (answer) => followUps.push(answer),
  });
  const preflight = judgePreflight([...answers, ...followUps], settings.value('redirect_uri'));
  if (preflight.kind === 'accepted') return;
  const { parameter, problem } = preflight;
  const { name } = settings.environment;
  throw new Failure(
    'refused',
    `bad_${parameter}`,
    `Xero refuses the consent link of ${name} because of ${parameter} (${problem})`,
    preflightHints[parameter] ?? `compare ${name} with the app at developer.xero.com`,
  );
}

const preflightHints: Readonly<Record<string, string>> = {
  redirect_uri: 'add exactly this redirect URI to the app at developer.xero.com, or correct redirect_uri',
  client_id: 'copy client_id again from the app at developer.xero.com',
  scopes: 'ask only for scopes that the app has; apps made since 2 March 2026 have the granular ones only',
};

async function remember(home: EnvironmentHome, changes: Changes): Promise<void> {
  const locked = await home.lock(forOneRequest.waitMs);
  try {
    locked.write(changes);
  } finally {
    locked.release();
  }
}
