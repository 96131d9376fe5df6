import { secretsOf } from '../environment/environment';
import { tokenFingerprint } from '../environment/grant';
import type { Settings } from '../environment/settings';
import type { Answer } from './token-answer';

/** What a refresh has tried. It holds no secret. */
export interface Tried {
  /** When the refresh asked for the lock. */
  readonly at: Date;
  /** How many requests were sent. */
  requests: number;
  /** The fingerprint of the refresh token that was sent last. */
  sentToken: string | null;
  /** The HTTP status of the last answer; null when there was none. */
  status: number | null;
  /** The correlation id of the last answer; Xero's support asks for it. */
  correlationId: string | null;
}

export function nothingTried(at: Date): Tried {
  return { at, requests: 0, sentToken: null, status: null, correlationId: null };
}

/** Notes that a request is sent, and notes its answer after `onAnswer` has run. */
export function notingAnswer(
  tried: Tried,
  { environment, fromOutside }: Settings,
  onAnswer: (answer: Answer) => void,
): (answer: Answer) => void {
  tried.requests += 1;
  tried.sentToken = tokenFingerprint(environment);
  [tried.status, tried.correlationId] = [null, null];
  const secrets = [...secretsOf(environment), ...Object.values(fromOutside)];
  return (answer) => {
    try {
      onAnswer(answer); // saves the tokens, so it runs first
    } finally {
      if (answer.kind === 'answer')
        [tried.status, tried.correlationId] = [answer.status, correlationIdOf(answer, secrets)];
    }
  };
}

/** The header's value, if it looks like an id and is no part of the answer's body or of a secret; otherwise null. */
function correlationIdOf(
  { headers, body }: Extract<Answer, { kind: 'answer' }>,
  secrets: readonly string[],
): string | null {
  const id = headers['xero-correlation-id'] ?? '';
  const isPlain = /^[0-9a-f][0-9a-f-]{7,63}$/i.test(id) && !body.includes(id);
  return isPlain && !secrets.some((secret) => secret.includes(id)) ? id : null;
}
