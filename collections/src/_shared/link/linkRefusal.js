/** @import { Preflight } from '../../../../scripts/consent/link-answer' */

/**
 * Which setting Xero means when it does not show its login page for a consent link, and what to do.
 * @param {Preflight | undefined} preflight undefined when the answer could not be understood
 */
export function linkRefusal(preflight) {
  const { parameter = '', problem = '' } = preflight?.kind === 'refused' ? preflight : {};
  const advice = new Map([
    [
      'redirect_uri',
      'redirect_uri is not among those of the app at developer.xero.com: add it there, letter by letter',
    ],
    [
      'connection_limit',
      'the app may connect no further organisation: disconnect one that is not needed, or have the app certified at developer.xero.com',
    ],
    ['client_id', 'client_id is unknown to Xero: copy it again from the app at developer.xero.com'],
    ['scopes', 'scopes holds one that this app may not have: remove or correct it'],
  ]);
  const [code] = /^(invalid_request|unauthorized_client|unsupported_response_type)\b/.exec(problem) ?? [];
  const refused = code && `Xero refuses the link with ${code}: compare the environment with its template`;
  return (
    advice.get(parameter) ?? refused ?? 'Xero is not answering properly, nothing has changed: send this again later'
  );
}
