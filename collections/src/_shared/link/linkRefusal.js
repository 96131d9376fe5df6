/**
 * Which setting Xero means when it does not show its login page for a consent link, and what to do.
 * @param {string} text the error page, or where the link led
 */
export function linkRefusal(text) {
  /** @type {[RegExp, string][]} */
  const refusals = [
    [
      /invalid redirect_uri/i,
      'redirect_uri is not among those of the app at developer.xero.com: add it there, letter by letter',
    ],
    [
      /unknown client|client not enabled/i,
      'client_id is unknown to Xero: copy it again from the app at developer.xero.com',
    ],
    [
      /invalid.scope|wrong apps scopes|access_denied/i,
      'scopes holds one that this app may not have: remove or correct it',
    ],
  ];
  const [, advice] = refusals.find(([words]) => words.test(text)) ?? [];
  const [code] = /\b(invalid_request|unauthorized_client|unsupported_response_type)\b/.exec(text) ?? [];
  if (!advice && code) return `Xero refuses the link with ${code}: compare the environment with its template`;
  return advice ?? 'Xero is not answering properly, nothing has changed: send this again later';
}
