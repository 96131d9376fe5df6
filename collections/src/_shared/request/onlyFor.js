import { refuse } from './refuse';
import { required } from './required';

/**
 * Refuses a request that does not exist for the environment's type of app.
 * @param {string[]} appTypes
 * @param {string} advice what to send instead
 */
export function onlyFor(appTypes, advice) {
  const appType = required('app_type', 'choose an environment at the top right, made from one of the templates');
  if (!['web', 'pkce', 'custom_connection'].includes(appType)) {
    refuse('app_type must be web, pkce or custom_connection: correct it in the environment');
  } else if (!appTypes.includes(appType)) {
    refuse(`app_type is ${appType}: ${advice}`);
  }
}
