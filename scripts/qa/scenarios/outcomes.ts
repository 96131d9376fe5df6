import type { Expectation } from './scenario';

/** New tokens came and are kept, good for 30 minutes and for 60 days. */
export const refreshed: Expectation = {
  status: 200,
  changed: ['access_token', 'refresh_token'],
  environment: { grant_status: 'connected', refresh_started_at: '' },
  ahead: { access_token_expires_at: 1800, refresh_token_expires_at: 60 * 86_400 },
};

/** The rows that a refusal must leave alone. */
export const connection: readonly string[] = [
  'access_token',
  'access_token_expires_at',
  'refresh_token',
  'refresh_token_expires_at',
  'generation',
  'grant_status',
  'tenant_id',
];

/** Xero does not take the refresh token, or not any more. */
export const tokenRefused: Expectation = {
  status: 400,
  body: { error: 'invalid_grant' },
  refusal: 'this refresh token was replaced, unused for 60 days, or disconnected',
  kept: connection,
};

/** Nothing came that could be believed, and nothing has changed. */
export const notAnswering: Expectation = { refusal: 'Xero is not answering properly', kept: connection };

/** The API does not take the access token, or not any more. */
export const accessEnded: Expectation = {
  status: 401,
  body: { Title: 'Unauthorized', Status: 401 },
  refusal: 'the access token is not valid any more: send Refresh tokens',
  kept: connection,
};

/** The API does not let this access token into that organisation. */
export const organisationClosed: Expectation = {
  status: 403,
  body: { Detail: 'AuthenticationUnsuccessful' },
  refusal: 'tenant_id is not connected: send List connections',
  kept: connection,
};
