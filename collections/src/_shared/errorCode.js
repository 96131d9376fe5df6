import { parsedJson } from './parsedJson';

/**
 * The error code of a refusal (RFC 6749 §5.2) when it looks like one and is fit to be shown, else ''.
 * @param {import('postman-collection').Response} response
 * @returns {string}
 */
export function errorCode(response) {
  const code = parsedJson(response.text())?.error;
  return typeof code === 'string' && /^[a-z_]{1,40}$/.test(code) ? code : '';
}
