import { setting } from '../../_shared/request/setting';

/**
 * Takes the client secret from Postman's vault where neither the environment nor Globals has it. Postman runs the script of
 * the request when this is done. Newman has no vault; where a person denies access to theirs, all stays as it is.
 */
function takeSecretFromVault() {
  const { vault } = /** @type {{ vault?: { get(key: string): Promise<string | undefined> } }} */ (pm);
  if (!vault || setting('app_type') === 'pkce' || setting('client_secret')) return;
  vault.get('client_secret').then(
    (secret) => pm.variables.set('vaulted', (secret ?? '').trim()),
    () => pm.variables.unset('vaulted'),
  );
}

takeSecretFromVault();
