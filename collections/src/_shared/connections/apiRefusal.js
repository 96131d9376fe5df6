import { keptByServer } from '../tokens/keptByServer';

/**
 * What a refusal of Xero's API means and what to do.
 * @param {import('postman-collection').Response} response
 */
export function apiRefusal(response) {
  if (response.code === 401) {
    return /AuthorizationUnsuccessful/.test(response.text() ?? '')
      ? 'the access token lacks a scope: add it to scopes (Organisation needs accounting.settings) and send a new Consent link'
      : keptByServer('its access token here has ended, so ask its owner whether it works') ||
          'the access token is not valid any more: send Refresh tokens, or Get access token for a custom connection';
  }
  if (response.code === 403) {
    return 'tenant_id is not connected: send List connections; if it finds none, the customer has to consent again';
  }
  if (response.code === 429) {
    const [seconds = 'some'] = /^\d{1,6}$/.exec(response.headers.get('Retry-After')) ?? [];
    const problem = response.headers.get('X-Rate-Limit-Problem') ?? '';
    const limits = [
      { pattern: /^day$/i, what: "too many calls to Xero: the day's calls to this organisation are used up" },
      { pattern: /^concurrent$/i, what: 'too many calls to Xero at the same moment' },
      { pattern: /^app/i, what: 'too many calls to Xero by this app, for all its organisations together' },
    ];
    const { what = 'too many calls to Xero' } = limits.find(({ pattern }) => pattern.test(problem)) ?? {};
    return `${what}: wait ${seconds} seconds and send this again`;
  }
  if (response.code >= 400 && response.code < 500) {
    return `Xero refuses this call with status ${response.code}: compare the URLs in the environment with its template`;
  }
  return 'Xero is not answering properly, nothing has changed: send this again later';
}
