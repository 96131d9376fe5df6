import { plainName } from '../environment/plain-name';
import { parametersOf } from './pasted-callback';

/**
 * How Xero's authorize endpoint answers a consent link that no person has opened yet. A redirect to the sign-in page
 * means that the link is good; Xero's error page, or a redirect back to the app, means that a parameter is wrong.
 */
export type Preflight =
  { readonly kind: 'accepted' } | { readonly kind: 'refused'; readonly parameter: string; readonly problem: string };

export interface LinkAnswer {
  readonly status: number;
  /** The `Location` header, '' when there is none. */
  readonly location: string;
  readonly body: string;
}

/**
 * Judges the answer to a consent link, and the error page if the link led to one; undefined when nothing in them can be
 * understood.
 */
export function judgeLinkAnswer(
  answer: LinkAnswer,
  errorPage: string | undefined,
  redirectUri: string,
): Preflight | undefined {
  const { status, location, body } = answer;
  if (status === 429 || (status >= 500 && refusalIn(body) === undefined)) return undefined;
  const isBounce = redirectUri !== '' && location.startsWith(redirectUri);
  if (status >= 300 && status < 400 && !isBounce && isSignIn(location)) return { kind: 'accepted' };
  return refusalIn(wordsOf(location)) ?? (isBounce ? undefined : refusalIn(textOf(errorPage ?? body)));
}

/** The error in a redirect back to the app: `access_denied: Requested wrong apps scopes`. */
function wordsOf(location: string): string {
  const parameters = parametersOf(location);
  return ['error', 'error_description'].flatMap((name) => parameters.get(name) ?? []).join(': ');
}

/** The path of a sign-in page: Xero's is `/identity/user/login`. */
function isSignIn(location: string): boolean {
  const [path = ''] = location.split(/[?#]/);
  const page = path.lastIndexOf('/');
  return page !== -1 && /login|signin/i.test(path.slice(page));
}

const hidden = [
  ['<script', '</script>'],
  ['<style', '</style>'],
  ['<', '>'],
] as const;

/** What a page shows. */
function textOf(html: string): string {
  return hidden.reduce((text, [opening, closing]) => without(text, opening, closing), html);
}

/** Cuts what is before each closing where it opens: a stranger's page, with nothing closed, is read once, too. */
function without(html: string, opening: string, closing: string): string {
  const parts = html.split(new RegExp(closing, 'i'));
  const last = parts.pop() ?? '';
  return [...parts.map((part) => part.replace(new RegExp(`${opening}.*`, 'is'), '')), last].join(' ');
}

const faults: readonly (readonly [RegExp, string])[] = [
  [/\bcertif|\buncertified\b|\b(app|connection)s? limit/i, 'connection_limit'],
  [/redirect_?uri/i, 'redirect_uri'],
  [/unknown client|client not enabled|invalid_client/i, 'client_id'],
  [/scope|access_denied/i, 'scopes'],
  [/client_id/i, 'client_id'],
  [/response_type/i, 'response_type'],
  [/code_challenge|pkce/i, 'app_type'],
];

/** Finds the OAuth error and the wrong parameter in a text such as `unauthorized_client : Invalid redirect_uri`. */
function refusalIn(text: string): Preflight | undefined {
  const problem =
    /\b(unauthorized_client|invalid_[a-z]+|access_denied|unsupported_[a-z_]+|server_error|needs to complete certification|connected app limit|invalid redirect_uri|unknown client|client not enabled|wrong apps scopes)\b[^<>\r\n]{0,120}/i.exec(
      text,
    )?.[0];
  if (problem === undefined) return undefined;
  const parameter = faults.find(([pattern]) => pattern.test(problem))?.[1] ?? 'settings';
  const shown = /[a-z_]+(\s*[:&=]?\s*[\w .]*)?/i.exec(problem)?.[0] ?? '';
  return { kind: 'refused', parameter, problem: plainName(shown) };
}
