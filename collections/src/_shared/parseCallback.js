import { percentDecoded } from '../../../scripts/text/percent';
import { pastedUrl } from './pastedUrl';

/**
 * A pasted callback URL and its parameters (RFC 6749 §4.1.2); of one that stands there twice the first counts.
 * @param {string} pasted
 * @returns {{ url: string, parameters: Record<string, string> }}
 */
export function parseCallback(pasted) {
  const url = pastedUrl(pasted);
  const [, query = ''] = /^[^?#]*\?([^#]*)/.exec(url) ?? [];
  const parameters = query.split('&').map((pair) => {
    const [name, ...value] = pair
      .replace(/\+/g, ' ')
      .split('=')
      .map((part) => percentDecoded(part));
    return [name, value.join('=')];
  });
  return { url, parameters: Object.fromEntries(parameters.reverse()) };
}
