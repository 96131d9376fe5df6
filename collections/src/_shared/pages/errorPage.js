import { setting } from '../request/setting';

/**
 * The address of Xero's error page; '' for any other address, because no other address from an answer is requested.
 * @param {string} location
 */
export function errorPage(location) {
  const [host = ''] = /^https?:\/\/[^/?#]+/i.exec(setting('authorize_url')) ?? [];
  const page = location.startsWith('/') ? host + location : location;
  return page.startsWith(`${host}/`) && /^[^?#{}]*\/identity\/error(\?[^{}]*)?$/i.test(page) ? page : '';
}
