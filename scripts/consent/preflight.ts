import { Failure } from '../errors';
import { describeAnswer, remedyFor, type Answer } from '../refresh/token-answer';
import { judgeLinkAnswer, type Preflight } from './link-answer';

/**
 * Judges the answers to a consent link: first that of the link, then that of the error page, if the link led to one.
 * @throws Failure `temporary_failure` when no answer could be understood
 */
export function judgePreflight(answers: readonly Answer[], redirectUri: string): Preflight {
  const [first, errorPage] = answers;
  if (first === undefined || first.kind === 'lost') throw unanswered(first);
  const { status, headers, body } = first;
  const link = { status, location: headers['location'] ?? '', body };
  const preflight = judgeLinkAnswer(link, errorPage?.kind === 'lost' ? '' : errorPage?.body, redirectUri);
  if (preflight === undefined) throw unanswered(first);
  return preflight;
}

function unanswered(answer: Answer | undefined): Failure {
  const what = answer === undefined ? 'no answer' : describeAnswer(answer);
  const remedy = answer === undefined ? undefined : remedyFor(answer);
  return new Failure(
    'temporary_failure',
    'preflight_unanswered',
    `Xero did not say whether this link is good: ${what}`,
    `${remedy === undefined ? 'run again in a minute' : `${remedy}; then run again`}, or make the link unchecked with --no-check`,
  );
}
