import { apiRefusal } from './apiRefusal';
import { servedToken } from '../tokens/servedToken';

const press = 'open the folder Use it, tab Authorization, press Get New Access Token: then press Use Token';

/**
 * What a refusal of Xero's API means for a token that a server has handed out, and what to do; '' for none.
 * @param {import('postman-collection').Response} response
 */
export function servedRefusal(response) {
  if (!servedToken()) return `there is no token: ${press}`;
  if (response.code === 200) return '';
  if (response.code === 403) return 'tenant_id is not of this token: empty it and send Find organisation';
  if (response.code !== 401 || /AuthorizationUnsuccessful/.test(response.text() ?? '')) return apiRefusal(response);
  return `the token has ended: ${press}`;
}
