import { credentialKeys, requireSettings, settingsOf, type EnvVariables, type Settings } from '../environment/settings';
import type { StoredEnvironment } from '../environment/store';
import { invalid } from '../errors';
import { forOneRequest } from '../refresh/access';
import { weakSecret } from './callback';
import { makeConsentLink, type ConsentLink, type LinkOrder, type RandomBytes } from './link';
import { isStrong } from './state';

/**
 * The settings from which a consent link is made.
 * @throws Failure `invalid` when one is missing or wrong, a secret is too short to sign a link, or the app type has no
 * links
 */
export async function linkSettings(stored: StoredEnvironment, env: EnvVariables): Promise<Settings> {
  const settings = settingsOf(await stored.read(), env, stored.where);
  refuseCustomConnection(settings);
  requireSettings(
    settings,
    ['authorize_url', ...credentialKeys(settings.appType), 'redirect_uri', 'scopes'],
    stored.where,
  );
  if (settings.appType === 'web' && !isStrong(settings.value('client_secret')))
    throw weakSecret(settings.environment.name);
  return settings;
}

/** Makes a link and saves what its callback will need, under the environment's lock. @throws Failure */
export async function newLink(
  stored: StoredEnvironment,
  settings: Settings,
  order: LinkOrder,
  now: Date,
  random: RandomBytes,
): Promise<ConsentLink> {
  const link = makeConsentLink(settings, order, now, random);
  const locked = await stored.lock(forOneRequest.waitMs);
  try {
    await locked.write(link.changes);
  } finally {
    await locked.release();
  }
  return link;
}

function refuseCustomConnection({ appType, environment: { name } }: Settings): void {
  if (appType !== 'custom_connection') return;
  throw invalid(
    'no_consent_link',
    `${name} is a custom connection: its consent is given in Xero's portal, by e-mail, and needs no link`,
    `once it is authorised there: npx evergrant refresh ${name}`,
  );
}
