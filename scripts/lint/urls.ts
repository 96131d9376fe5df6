import type { UrlShape } from './shape';

/** The forms in which a request has its URL: as one text, and as the parts that Postman puts together. */
export function urlsOf(url: UrlShape | null | undefined): string[] {
  if (url === null || url === undefined) return [];
  if (typeof url === 'string') return [url];
  const { raw, protocol, host, port } = url;
  const name = Array.isArray(host) ? host.map((part) => part ?? '').join('.') : (host ?? '');
  const scheme = protocol ? `${protocol.replace(/:?\/*$/, '')}://` : '';
  const assembled = `${scheme}${name}${typeof port === 'string' && port !== '' ? `:${port}` : ''}`;
  return [raw ?? '', assembled].filter((text) => text !== '');
}

const placeholder = /\{\{[^{}]*\}\}/g;

/**
 * Whether Postman sends a request there over plain http: it says http, or it says nothing (http is what Postman takes
 * then), and the host is not this computer. A URL that starts with a variable may be anything.
 */
export function isPlainHttp(url: string): boolean {
  const text = url.trim();
  if (text === '' || text.startsWith('{{')) return false;
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'http') return false;
  return !isLoopback(hostOf(scheme === undefined ? text : text.slice('http://'.length)));
}

function hostOf(afterScheme: string): string {
  const [authority = ''] = afterScheme.replaceAll(placeholder, 'placeholder').split(/[/?#\\]/);
  const host = authority.slice(authority.lastIndexOf('@') + 1).toLowerCase();
  return host.startsWith('[') ? host.slice(0, host.indexOf(']') + 1) : host.replace(/:[^:]*$/, '');
}

function isLoopback(host: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(host);
}

/** Whether a URL is a token endpoint by its last word: `…/connect/token`, `{{token_url}}`. */
export function isTokenUrl(url: string): boolean {
  const [path = ''] = url.trim().split(/[?#]/);
  return /\/token\/?$/i.test(path) || /token_?-?(url|uri|endpoint)\}\}\/?$/i.test(path);
}
