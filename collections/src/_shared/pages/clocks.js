import { inWords } from './inWords';

/**
 * When the stored tokens end, as facts of a page.
 * @param {boolean} lasts whether there is a refresh token, which a custom connection never has
 */
export function clocks(lasts) {
  const end = (/** @type {string} */ key, /** @type {number} */ unitMs, /** @type {string} */ unit) => {
    const at = pm.environment.get(key);
    const left = Math.round((Date.parse(at) - Date.now()) / unitMs);
    return { words: inWords(at) || 'not known', left: left > 0 ? `${left} ${unit} from now. ` : '' };
  };
  const access = end('access_token_expires_at', 60_000, 'minutes');
  const refresh = end('refresh_token_expires_at', 86_400_000, 'days');
  const duty = 'Each refresh gives 60 new days; without one the customer has to consent again.';
  const facts = [
    { name: 'Access token', value: `good until ${access.words}`, note: access.left },
    { name: 'Refresh token', value: `refresh by ${refresh.words}`, note: refresh.left + duty },
  ];
  return lasts ? facts : facts.slice(0, 1);
}
