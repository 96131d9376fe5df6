import { Request, Response, type RequestDefinition } from 'postman-collection';
import type { Exchange } from '../../../scripts/newman/steps';

export const baseUrl = 'http://localhost:40123';

export function exchange(request: RequestDefinition, body = '', headers: Record<string, string> = {}): Exchange {
  const header = Object.entries(headers).map(([key, value]) => ({ key, value }));
  const response = new Response({ code: 200, body, header, responseTime: 1 });
  return { at: { row: 0, position: 0, name: 'A step' }, request: new Request(request), response };
}

export const get = (url: string): RequestDefinition => ({ url, method: 'GET' });
export const postForm = (key: string, value: string): RequestDefinition => ({
  url: baseUrl,
  method: 'POST',
  body: { mode: 'urlencoded', urlencoded: [{ key, value }] },
});
export const withHeader = (key: string, value: string): RequestDefinition => ({
  ...get(baseUrl),
  header: [{ key, value }],
});
export const answered = (body: unknown): Exchange => exchange(get(baseUrl), JSON.stringify(body));
export const base64 = (text: string): string => Buffer.from(text).toString('base64');
export const jwtOf = (claims: object): string =>
  ['{"alg":"RS256"}', JSON.stringify(claims), 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');
