import type { HeaderList, Request, Response } from 'postman-collection';
import { headersOf } from '../newman/headers';
import { withoutSecretPlaces } from '../text/secret-places';
import type { Clean } from './clean';
import type { Message } from './page';
import { counted } from '../text/count';

/** A request that was sent, and its answer. */
export interface SentAndAnswered {
  readonly request: Request;
  /** Undefined when no answer came. */
  readonly response: Response | undefined;
}

/** How many characters of a body are shown, for a failure and for a success. */
export const bodyLengths = { failed: 8000, passed: 400 } as const;

const longestLine = 2000;

/**
 * The request and the answer, scrubbed by position and by value, and then cut. Cutting first could leave half of a
 * secret, which would not be recognised.
 */
export function messagesOf({ request, response }: SentAndAnswered, clean: Clean, bodyLength: number): Message[] {
  const message = (label: string, start: string, headers: HeaderList, text = ''): Message => {
    const { kept, omitted } = cut(clean(withoutSecretPlaces(text)), bodyLength);
    return { label, start, headers: headerLines(headers, clean), body: kept, omitted };
  };
  const sent = message(
    'Request',
    `${request.method} ${line(withoutSecretPlaces(request.url.toString()), clean)}`,
    request.headers,
    request.body?.toString(),
  );
  if (response === undefined)
    return [sent, { label: 'Answer', start: 'No answer came', headers: '', body: '', omitted: '' }];
  const start = `${response.code} ${line(response.reason(), clean)}`.trim();
  return [sent, message('Answer', start, response.headers, response.text())];
}

function headerLines(headers: HeaderList, clean: Clean): string {
  return headersOf(headers)
    .map(([name, value]) => line(`${name}: ${shown(name, value)}`, clean))
    .join('\n');
}

/** A header's value as it is shown. Credentials and cookies are always secret. */
function shown(name: string, value: string): string {
  if (/^(proxy-)?authorization$/i.test(name)) return value.replace(/^(\w+) .+$|^.+$/s, '$1 [secret]').trim();
  return /^(set-)?cookie$/i.test(name) ? '[secret]' : withoutSecretPlaces(value);
}

function line(text: string, clean: Clean): string {
  return cut(clean(text), longestLine).kept;
}

function cut(text: string, length: number): { kept: string; omitted: string } {
  if (text.length <= length) return { kept: text, omitted: '' };
  const kept = text.slice(0, length).toWellFormed();
  return { kept: `${kept}…`, omitted: counted(text.length - length, 'more character') };
}
