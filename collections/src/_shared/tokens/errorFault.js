import { meaningOfError } from '../../../../scripts/consent/pasted-callback';

/**
 * What an error on the callback means, and what to do.
 * @param {{ error: string, description: string }} callback
 */
export function errorFault({ error, description }) {
  const meaning = meaningOfError(error, description);
  if (meaning === 'scope_refused')
    return 'Xero refuses one of the scopes to this app: correct scopes and send a new Consent link';
  if (meaning === 'limit_reached')
    return 'Xero connects no further organisation to this app, or no further app to this organisation: disconnect what is not needed, or have the app certified at developer.xero.com';
  if (meaning === 'cancelled') return 'the customer pressed Cancel: send a new Consent link if they did not mean to';
  const named = meaning.code && ` (${meaning.code})`;
  return `Xero sent the customer back with an error instead of a code${named}: send a new Consent link`;
}
