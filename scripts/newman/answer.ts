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
 * Newman's result of a request as an answer, or as none. If the agents noted nothing about an error, it came after the
 * answer had begun.
 */
export function answerOf(error: Error | null, response: Response | undefined): Answer {
  if (error !== null || response === undefined) return lostOf(error ?? new Error('no answer'));
  const headers = Object.fromEntries(headersOf(response.headers).map(([name, value]) => [name.toLowerCase(), value]));
  return { kind: 'answer', status: response.code, headers, body: textOf(response) };
}

function lostOf(error: Error): Answer {
  const { sent = true, isUntrusted, via } = factsOf(error) ?? {};
  const code =
    systemCode(error) ?? (/maximum response size/i.test(error.message) ? 'its body is too long' : 'no answer');
  return { kind: 'lost', code, sent, isUntrusted: isUntrusted || undefined, via };
}

/**
 * The body as text, with no byte order mark. Some servers put one before JSON, and readers may ignore it (RFC 8259
 * §8.1).
 */
function textOf({ stream }: Response): string {
  return (stream?.toString() ?? '').replace(/^\uFEFF/, '');
}
