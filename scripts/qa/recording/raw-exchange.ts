import { headersOf } from '../../newman/headers';
import type { Exchange } from '../../newman/steps';

type Request = Exchange['request'];
type Response = NonNullable<Exchange['response']>;

/** A request as it was sent, whoever tells of it. */
export interface RawRequest {
  readonly method: string;
  readonly url: string;
  /** By their names in small letters. */
  readonly headers: ReadonlyMap<string, string>;
  /** The fields of a form in their order, or a text. */
  readonly body: { readonly form: readonly (readonly [string, string])[] } | { readonly text: string };
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
}

const formType = 'application/x-www-form-urlencoded';

/** A request that Newman sent. It does not say the type of a form's body, which it adds on the way. */
export function requestOf({ method, url, headers, body }: Request): RawRequest {
  const common = { method, url: url.toString() };
  if (body?.mode !== 'urlencoded') {
    return { ...common, headers: headersIn(headers), body: { text: body?.toString() ?? '' } };
  }
  const fields = body.urlencoded?.all().filter(({ disabled }) => !disabled) ?? [];
  const form = fields.map(({ key, value }): [string, string] => [key ?? '', value ?? '']);
  return { ...common, headers: new Map([...headersIn(headers), ['content-type', formType]]), body: { form } };
}

/** What came back to Newman. */
export function answerOf(response: Response): RawAnswer {
  return { status: response.code, headers: headersIn(response.headers), text: response.text() ?? '' };
}

/** The body of a request as it arrives at a server. */
export function arrivedBody(text: string, contentType: string | undefined): RawRequest['body'] {
  return contentType?.startsWith(formType) ? { form: [...new URLSearchParams(text)] } : { text };
}

function headersIn(headers: Request['headers']): ReadonlyMap<string, string> {
  return new Map(headersOf(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
