import type { Response } from 'postman-collection';
import type { Answer } from '../core/token-answer';
import { systemCode } from '../errors';

/** Newman's `request` event. */
export interface RequestEvent {
  readonly item?: { readonly name?: string };
  readonly response?: Response;
}

/** What Newman says of a request as an answer, or as none: whether any byte of the request left this machine. */
export function answerOf(error: Error | null, response: Response | undefined): Answer {
  if (error !== null || response === undefined) {
    const code = systemCode(error) ?? 'no answer';
    return { kind: 'lost', code, sent: !neverSent.test(code) };
  }
  const headers = Object.fromEntries(response.headers.map(({ key, value }) => [key.toLowerCase(), String(value)]));
  return { kind: 'answer', status: response.code, headers, body: response.stream?.toString() ?? '' };
}

/** Errors of name look-up, connection and TLS hand-shake: no byte of the request left this machine. */
const neverSent =
  /^(ECONNREFUSED|ENOTFOUND|EAI_|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|CERT_|ERR_TLS|ERR_SSL|EPROTO|UNABLE_|SELF_SIGNED|DEPTH_ZERO)/;
