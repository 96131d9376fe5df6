import type { Response } from 'postman-collection';
import { systemCode } from '../errors';
import { factsOf } from '../network/wire-failure';
import type { Answer } from '../refresh/token-answer';
import { headersOf } from './headers';

/** Newman's `request` event. */
export interface RequestEvent {
  readonly item?: { readonly name?: string };
  readonly response?: Response;
}

/**
 * What Newman says of a request as an answer, or as none. An error that the wire knows nothing of came after the answer
 * had begun.
 */
export function answerOf(error: Error | null, response: Response | undefined): Answer {
  if (error !== null || response === undefined) return lostOf(error ?? new Error('no answer'));
  const headers = Object.fromEntries(headersOf(response.headers).map(([name, value]) => [name.toLowerCase(), value]));
  return { kind: 'answer', status: response.code, headers, body: textOf(response) };
}

function lostOf(error: Error): Answer {
  const { sent = true, isUntrusted = false, via } = factsOf(error) ?? {};
  const code =
    systemCode(error) ?? (/maximum response size/i.test(error.message) ? 'its body is too long' : 'no answer');
  return { kind: 'lost', code, sent, ...(isUntrusted ? { isUntrusted } : {}), ...(via === undefined ? {} : { via }) };
}

/** Some servers put a byte order mark before their JSON (RFC 8259 §8.1 lets a reader ignore it). */
function textOf({ stream }: Response): string {
  return (stream?.toString() ?? '').replace(/^\uFEFF/, '');
}
