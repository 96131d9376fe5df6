import { inWords } from '../pages/inWords';
import { setting } from '../request/setting';

/**
 * Why nobody refreshes or exchanges here: the connection was handed over to a server. '' where it was not.
 * @param {string} advice what to do instead
 */
export function keptByServer(advice) {
  const at = setting('handed_over_at');
  return at && `a server keeps this connection since ${inWords(at) || at}: ${advice}`;
}
