import { jsonOf } from '../../../../scripts/text/json';
import { chooseConnection } from './chooseConnection';
import { connectionsIn } from './connectionsIn';
import { isSafeUrl } from '../request/isSafeUrl';
import { jwtClaims } from '../tokens/jwtClaims';
import { nameIn } from '../link/nameIn';
import { setting } from '../request/setting';
/** @import { Connection } from './connectionsIn' */

/**
 * Asks Xero for the connection that a consent has just made. If anything fails, `done` gets undefined, and no test fails.
 * (Postman follows a redirect of this look-up, but doesn't send the access token to another host.)
 * @param {string} accessToken
 * @param {(connection: Connection | undefined, others: string[]) => void} done gets the names of those that came along, too
 */
export function lookUpConnection(accessToken, done) {
  const url = setting('connections_url');
  if (!isSafeUrl(url)) return done(undefined, []);
  /** @type {any} sendRequest accepts a plain definition, but its type doesn't */
  const listing = {
    url,
    method: 'GET',
    header: { Authorization: `Bearer ${accessToken}`, Accept: 'application/json' },
  };
  pm.sendRequest(listing, (error, response) => {
    const answer = !error && response.code === 200 ? jsonOf(response.text()) : undefined;
    const all = connectionsIn(answer);
    const ours = chooseConnection(all, jwtClaims(accessToken), setting('tenant_id'));
    const others = all.filter((one) => one !== ours && one.authEventId && one.authEventId === ours?.authEventId);
    done(ours, others.map(nameIn));
  });
}
