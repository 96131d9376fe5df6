/**
 * The kinds of failure and their exit codes, most severe first: a run over several environments exits with the first of
 * these that occurred.
 */
export const exitCodes = {
  bug: 1,
  not_saved: 6,
  refused: 7,
  consent_needed: 3,
  invalid: 2,
  temporary_failure: 4,
  busy: 5,
} as const;

/** The exit code of `lint` when all files could be checked and something is wrong in them: no failure, and no success. */
export const faultsFound = 8;

export type FailureKind = keyof typeof exitCodes;

/** The exit code of a run in which these failures happened; 0 for none. */
export function exitCodeOf(kinds: Iterable<FailureKind>): number {
  const happened = new Set(kinds);
  const worst = (Object.keys(exitCodes) as FailureKind[]).find((kind) => happened.has(kind));
  return worst === undefined ? 0 : exitCodes[worst];
}

/**
 * A failure that the program expects: `code` says which one to other programs, the message says it to a person (lower
 * case, no full stop, never a secret), `hint` says what to do or type next.
 */
export class Failure extends Error {
  override readonly name = 'Failure';

  constructor(
    readonly kind: FailureKind,
    readonly code: string,
    message: string,
    readonly hint: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The failure for bad input: usage, a file or a URL. Exit code 2, nothing changed. */
export function invalid(code: string, message: string, hint: string, cause?: unknown): Failure {
  return new Failure('invalid', code, message, hint, cause === undefined ? undefined : { cause });
}

/** What was typed, in quotes, if it can't be a secret typed in the wrong place: short with no punctuation, or an address. */
export function quoted(typed: string): string {
  return /^[A-Za-z0-9 ._-]{1,24}$/.test(typed) || isAddress(typed) ? `"${typed}"` : 'what was typed';
}

/**
 * A name or path as it was typed, or as a folder has it. Any other text may be a token or a callback URL in the wrong place, so it is not
 * repeated.
 */
export function typed(place: string): string {
  if (isAddress(place)) return place;
  if (isEnvironmentFile(place)) return visible(place);
  const isPath = /[\\/]|\.json$/.test(place) && /^[^?&={}"<>|*\p{C}]{1,500}$/u.test(place) && !place.includes('://');
  return isPath || /^(?:[a-z0-9][a-z0-9._-]{0,99}|[A-Za-z0-9 ._-]{1,24})$/.test(place) ? place : 'what was typed';
}

/** An address of a machine and a port, such as `127.0.0.1:8099`. */
function isAddress(place: string): boolean {
  return /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[\da-f:]{2,39}\]|localhost):\d{1,6}$/i.test(place);
}

/** Postman names files after organisations, so any character may occur; but no token or URL has this ending. */
function isEnvironmentFile(place: string): boolean {
  return /\.postman_environment[^\\/]*\.json(\.txt)?$/i.test(place) && !place.includes('://');
}

/** A name in quotes, with escapes as in JSON, where it has line breaks or what can't be seen. */
function visible(name: string): string {
  const hidden = /[\p{C}\p{Zl}\p{Zp}]/gu;
  if (name.search(hidden) < 0) return name;
  return JSON.stringify(name).replaceAll(hidden, (character) =>
    Array.from(
      { length: character.length },
      (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}

/**
 * A message with the words of the command line removed that are no name and no path; see {@link typed}. A word that is
 * a file's name stays, as the message is about that file.
 */
export function withoutTyped(message: string, args: readonly string[]): string {
  const words = args.flatMap((arg) => [arg, arg.replace(/^--[a-z-]+=/, '')]).filter(({ length }) => length >= 8);
  const isShown = (word: string): boolean => typed(word) === word || message.includes(`${word}.postman_environment`);
  return words.reduce((text, word) => (isShown(word) ? text : text.replaceAll(word, 'what was typed')), message);
}

/** The `code` of a Node.js system error (`ENOENT`, `ECONNREFUSED`), or undefined. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || error instanceof Failure || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
