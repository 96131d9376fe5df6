import { forOneRequest } from './access';
import { makeConsentLink, type RandomBytes } from './consent-link';
import type { EnvironmentHome } from './home';
import { credentialKeys, requireSettings, settingsOf, type Outside, type Settings } from './settings';
import { invalid } from '../errors';

/**
 * The settings that a consent link is made from.
 * @throws Failure `invalid` when one is missing or wrong, and for a custom connection, which has no link
 */
export function linkSettings(home: EnvironmentHome, outside: Outside): Settings {
  const settings = settingsOf(home.read(), outside, home.where);
  refuseCustomConnection(settings);
  requireSettings(
    settings,
    ['authorize_url', ...credentialKeys(settings.appType), 'redirect_uri', 'scopes'],
    home.where,
  );
  return settings;
}

/** Makes a link and remembers what its callback will need, under the environment's lock. @throws Failure */
export async function newLink(
  home: EnvironmentHome,
  settings: Settings,
  now: Date,
  random: RandomBytes,
): Promise<string> {
  const { url, changes } = makeConsentLink(settings, now, random);
  const locked = await home.lock(forOneRequest.waitMs);
  try {
    locked.write(changes);
  } finally {
    locked.release();
  }
  return url;
}

function refuseCustomConnection({ appType, environment: { name } }: Settings): void {
  if (appType !== 'custom_connection') return;
  throw invalid(
    'no_consent_link',
    `${name} is a custom connection: its consent is given in Xero's portal, by e-mail, and needs no link`,
    `once it is authorised there: npx evergrant refresh ${name}`,
  );
}
