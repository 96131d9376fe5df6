import { setting } from '../../_shared/request/setting';

/**
 * The texts that people paste instead of a callback's address, and the forms that mails and chats give to it.
 * @param {string} name
 * @param {string} callback
 */
export function pastedAs(name, callback) {
  /** @type {Record<string, () => string>} */
  const forms = {
    'the code': () => /code=([^&]*)/.exec(callback)?.[1] ?? '',
    'the consent link': () => pm.environment.get('consent_link'),
    'an error': () => callback.replace(/code=[^&]*/, 'error=server_error'),
    "Xero's login page": () =>
      setting('authorize_url').replace('connect/authorize', 'user/login?ReturnUrl=%2Fidentity'),
    'a sentence': () => 'it says that we are connected, thank you',
    nothing: () => ' ',
    'an expression for its code': () => callback.replace(/code=[^&]*/, 'code=%7B%7Bclient_secret%7D%7D'),
    'it has no state': () => callback.replace(/&state=[^&]*/, ''),
    'line breaks': () => callback.replace(/[&.]/g, '$&\r\n  '),
    quotes: () => `“${callback}”`,
    'angle brackets and a full stop': () => `<${callback}>.`,
    'percent-encoding': () => encodeURIComponent(callback),
    HTML: () => callback.replace(/&/g, '&amp;'),
    'a fragment': () => `${callback}#_=_`,
  };
  const form = forms[name];
  if (!form) throw new Error(`nothing is pasted as "${name}"`);
  return form();
}
