import { plainName } from '../environment/plain-name';
import { Failure } from '../errors';
import { describeAnswer, remedyFor, type Answer } from '../refresh/token-answer';

/**
 * How Xero's authorize endpoint answers a consent link that no person has opened yet. A redirect to the sign-in page
 * means that the link is good; Xero's error page, or a redirect back to the app, means that a parameter is wrong.
 */
export type Preflight =
  { readonly kind: 'accepted' } | { readonly kind: 'refused'; readonly parameter: string; readonly problem: string };

const faults: readonly (readonly [RegExp, string])[] = [
  [/redirect_?uri/i, 'redirect_uri'],
  [/unknown client|client not enabled|invalid_client/i, 'client_id'],
  [/scope/i, 'scopes'],
  [/client_id/i, 'client_id'],
  [/response_type/i, 'response_type'],
  [/code_challenge|pkce/i, 'app_type'],
];

/**
 * Judges the answers to a consent link: first that of the link, then that of the error page, if the link led to one.
 * @throws Failure `temporary_failure` when no answer could be understood
 */
export function judgePreflight(answers: readonly Answer[], redirectUri: string): Preflight {
  const [first, errorPage] = answers;
  if (first === undefined || first.kind === 'lost' || isOverloaded(first)) throw unanswered(first);
  const location = first.headers['location'] ?? '';
  const isBounce = redirectUri !== '' && location.startsWith(redirectUri);
  if (isRedirect(first.status) && !isBounce && isSignIn(location)) return { kind: 'accepted' };
  const refusal = refusalIn(isBounce ? wordsOf(location) : textOf(errorPage ?? first));
  if (refusal === undefined) throw unanswered(first);
  return refusal;
}

/** The error in a redirect back to the app: `access_denied: Requested wrong apps scopes`. */
function wordsOf(location: string): string {
  const query = new URLSearchParams(location.slice(location.indexOf('?') + 1));
  return ['error', 'error_description'].flatMap((name) => query.get(name) ?? []).join(': ');
}

function isOverloaded({ status, body }: Extract<Answer, { kind: 'answer' }>): boolean {
  return status === 429 || (status >= 500 && refusalIn(body) === undefined);
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400;
}

/** The path of a sign-in page: Xero's is `/identity/user/login`. */
function isSignIn(location: string): boolean {
  const path = location.split('?')[0] ?? '';
  return /\/[^/]*(login|signin)[^/]*$/i.test(path);
}

function textOf(answer: Answer): string {
  return answer.kind === 'answer' ? answer.body.replaceAll(/<(style|script)[\s\S]*?<\/\1>|<[^>]*>/gi, ' ') : '';
}

/** Finds the OAuth error and the wrong parameter in a text such as `unauthorized_client : Invalid redirect_uri`. */
function refusalIn(text: string): Preflight | undefined {
  const problem =
    /\b(unauthorized_client|invalid_[a-z]+|access_denied|unsupported_[a-z_]+|server_error)\b[^<>\r\n]{0,120}/i.exec(
      text,
    )?.[0];
  if (problem === undefined) return undefined;
  const parameter = faults.find(([pattern]) => pattern.test(problem))?.[1] ?? 'settings';
  return {
    kind: 'refused',
    parameter,
    problem: plainName(/[a-z_]+(\s*[:&=]?\s*[\w .]*)?/i.exec(problem)?.[0] ?? ''),
  };
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
