import { isToken } from '../../../../scripts/environment/tokens';
import { refuse } from '../request/refuse';
import { required } from '../request/required';

/** The access token for a call to Xero's API; '' when the request is refused. */
export function accessToken() {
  const advice = 'send Exchange code or Refresh tokens first, Get access token for a custom connection';
  const token = required('access_token', advice);
  if (!token || isToken(token)) return token;
  refuse(`access_token holds what no token can hold: ${advice}`);
  return '';
}
