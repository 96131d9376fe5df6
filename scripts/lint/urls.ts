import type { UrlShape } from './format/shape';

/** The forms in which a request has its URL: as one text, and as the parts that Postman puts together. */
export function urlsOf(url: UrlShape | null | undefined): string[] {
  if (url === null || url === undefined) return [];
  if (typeof url === 'string') return [url];
  const { raw, protocol, host, port } = url;
  if (!protocol && schemeOf(raw ?? '') !== undefined) return [raw ?? ''];
  const name = Array.isArray(host) ? host.map((part) => part ?? '').join('.') : (host ?? '');
  const scheme = protocol ? `${protocol.replace(/:?(?<!\/)\/*$/, '')}://` : '';
  const assembled = `${scheme}${name}${typeof port === 'string' && port !== '' ? `:${port}` : ''}`;
  return [raw ?? '', assembled].filter((text) => text !== '');
}

const placeholder = /\{\{[^{}]*\}\}/g;
/** The forms of a placeholder for a URL: `{{url}}`, `{url}`, `<url>`, `$url`, `:url`, `[url]`, `%URL%`. */
const startsWithPlaceholder = /^(\{|<|\$|:|\[(?![\da-f:.]+\])|%)/i;

/**
 * Whether Postman sends a request there over plain http: it says http, or it says nothing (http is what Postman takes
 * then), and the host is not this computer. A URL that starts with a variable may be anything, and a path alone goes
 * nowhere.
 */
export function isPlainHttp(url: string): boolean {
  const text = url.trim();
  if (text === '' || startsWithPlaceholder.test(text) || /^[/\\?#]/.test(text)) return false;
  const scheme = schemeOf(text);
  if (scheme !== undefined && scheme !== 'http') return false;
  const host = hostOf(scheme === undefined ? text : text.replace(/^http:[/\\]+/i, ''));
  return host !== '' && !isThisComputer(host);
}

/** Also of `https:\\\\host` and `https:/host`, which Postman mends, and of what has no host: `about:blank`, `mailto:me@host`. */
function schemeOf(url: string): string | undefined {
  const scheme =
    /^([a-z][a-z0-9+.-]*):[/\\]/i.exec(url) ?? /^(about|data|mailto|urn|javascript|blob|file|tel):/i.exec(url);
  return scheme?.[1]?.toLowerCase();
}

function hostOf(afterScheme: string): string {
  const [authority = ''] = afterScheme.replaceAll(placeholder, 'placeholder').split(/[/?#\\]/);
  const host = authority.slice(authority.lastIndexOf('@') + 1).toLowerCase();
  return host.startsWith('[') ? host.slice(0, host.indexOf(']') + 1) : host.replace(/:[^:]*$/, '');
}

/** Loopback, every address of this computer, and the names that containers and Android's emulator use for it. */
function isThisComputer(host: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1?\]|0\.0\.0\.0|host\.docker\.internal|10\.0\.2\.2)$/.test(
    host,
  );
}

/** Whether a URL is an OAuth 2.0 token endpoint by its last words: `…/connect/token`, `…/oauth2/v1/token`, `{{token_url}}`. */
export function isTokenUrl(url: string): boolean {
  const [path = ''] = url.trim().split(/[?#]/);
  return (
    /\b(connect|oauth2?(\.0)?|openid-connect)\/([\w.-]+\/)?token\/?$/i.test(path) ||
    /token_?-?(url|uri|endpoint)\}\}\/?$/i.test(path)
  );
}
