import { jsonOf } from '../../text/json';
import type { NormalForm } from './normalize';
import type { RawAnswer, RawRequest } from './raw-exchange';
import type { RecordedAnswer, RecordedBody, RecordedRequest } from './recording-file';
import { kindInPair } from './secret-keys';

/** A request as it stands in a recording. */
export function requestForm({ method, url, headers, body }: RawRequest, form: NormalForm): RecordedRequest {
  form.clock = undefined;
  const type = mediaType(headers.get('content-type'));
  const sent = [
    ['authorization', authorization(headers.get('authorization'), form)],
    ['accept', headers.get('accept')?.replace('*/*', '')],
    ['content-type', type === 'text/plain' ? '' : type],
    ['xero-tenant-id', form.text(headers.get('xero-tenant-id') ?? '')],
  ];
  return {
    method,
    url: form.text(asSent(url)),
    headers: filled(sent),
    body: 'form' in body ? formBody(body.form, form) : textBody(body.text, form),
  };
}

/**
 * An answer as it stands in a recording. A `Retry-After` stays where a fault of the scenario ordered it, because the
 * scripts repeat it; any other depends on the moment.
 */
export function answerForm(answer: RawAnswer, form: NormalForm, ordered: ReadonlySet<string>): RecordedAnswer {
  const { status, headers, text } = answer;
  const now = Date.parse(headers.get('date') ?? '');
  form.clock = Number.isNaN(now) ? undefined : new Date(now);
  const wait = headers.get('retry-after') ?? '';
  const came = [
    ['content-type', form.text(headers.get('content-type') ?? '')],
    ['location', form.text(headers.get('location') ?? '')],
    ['retry-after', /^\d+$/.test(wait) && !ordered.has(wait) ? '‹duration›' : form.text(wait)],
    ['x-rate-limit-problem', form.text(headers.get('x-rate-limit-problem') ?? '')],
    ['www-authenticate', form.text(headers.get('www-authenticate') ?? '')],
  ];
  return { status, headers: filled(came), body: textBody(text, form) };
}

/** The waits that a request orders the sandbox to ask for. */
export function orderedWaits({ body }: RawRequest): string[] {
  const order = 'text' in body ? jsonOf(body.text) : undefined;
  if (typeof order !== 'object' || order === null || !('retryAfter' in order)) return [];
  return [String(order.retryAfter)];
}

function authorization(value: string | undefined, form: NormalForm): string | undefined {
  const [, scheme = '', rest = ''] = /^(\S+)\s+(.*)/s.exec(value ?? '') ?? [];
  if (scheme === '') return value === undefined ? undefined : form.text(value);
  return `${scheme} ${/^basic$/i.test(scheme) ? form.credentials(rest) : form.secret('token', rest)}`;
}

function mediaType(contentType: string | undefined): string {
  return (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** As a URL travels: without its fragment, and what may not stand in it percent-encoded. */
function asSent(url: string): string {
  const [address = ''] = url.split('#');
  const encoded = address.replaceAll(/[^\w\-.~:/?#[\]@!$&'()*+,;=%]/gu, (char) => encodeURIComponent(char));
  return encoded.replace(/^(https?:\/\/[^/?]+)(?=\?|$)/i, '$1/');
}

function filled(headers: readonly (readonly (string | undefined)[])[]): Record<string, string> {
  return Object.fromEntries(headers.flatMap(([name, value]) => (name && value ? [[name, value]] : [])));
}

function formBody(fields: readonly (readonly [string, string])[], form: NormalForm): RecordedBody {
  const lines = fields.map(([name, value]) => {
    const kind = kindInPair(name);
    return `${form.text(name)}=${kind === undefined ? form.text(value) : form.secret(kind, value)}`;
  });
  return { form: lines };
}

function textBody(text: string, form: NormalForm): RecordedBody {
  if (text === '') return {};
  const json = jsonOf(text);
  return typeof json === 'object' && json !== null ? { json: form.json(json) } : { text: form.text(text) };
}
