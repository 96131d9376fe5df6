import readline from 'node:readline/promises';
import { Writable } from 'node:stream';
import { Failure, invalid, systemCode } from '../errors';
import { codesIn, scrub } from '../text/scrub';
import { pointedTo, withoutFolder, type Elsewhere } from './elsewhere';
import { progressOn, type Progress } from './progress';
import { screenOn, type Screen } from './screen';

/**
 * Everything that the program prints. Results go to stdout, messages to stderr. Texts are printed as they are, but for
 * the commands in them (see {@link asStarted}): code that includes a text from elsewhere (an answer, a file, another
 * program, a foreign error) must first scrub it by `secrets`.
 */
export interface Console {
  /**
   * The secrets that this run has met; each environment and each answer adds some. Read it when scrubbing; don't copy
   * it.
   */
  readonly secrets: Set<string>;
  /** Prints a line of results. */
  print(line: string): void;
  /** Prints a message that matters wherever it is read: what is wrong, or what is left to do. */
  say(line: string): void;
  /** Prints a message for a person who watches, on a terminal only: cron mails what is printed. */
  tell(line: string): void;
  /** Prints a secret that was asked for, as a line of results. */
  disclose(secret: string): void;
  /** Prints such a text, and returns once it was taken. @throws Failure `not_taken` */
  hand(text: string): Promise<void>;
  /**
   * A text that leaves the program by another way, with its commands, all written `npx evergrant …`, in the words by
   * which this program was started. `escape` writes these words for the text's format.
   */
  asStarted(text: string, escape?: (words: string) => string): string;
  /** Bold, dim, green and so on if stdout is a terminal with colours; otherwise plain. */
  readonly style: Style;
  /** Whether a person reads the messages. */
  readonly isTerminal: boolean;
  /** The number of characters in a line of results; undefined when stdout is no terminal. */
  columns(): number | undefined;
  /** The whole window; undefined when stdout is no terminal. */
  readonly screen: Screen | undefined;
  /** A bar for a long run, on a terminal only. */
  progress(total: number, unit: string): Progress;
  /** Asks a person; undefined when there is no terminal. A `hidden` answer isn't echoed. */
  ask(question: string, echo: 'shown' | 'hidden'): Promise<string | undefined>;
  /** All of standard input. @throws Failure `invalid` for more than this */
  readInput(mostBytes?: number): Promise<string>;
}

export type Style = Readonly<Record<'bold' | 'dim' | 'green' | 'yellow' | 'red', (text: string) => string>>;

export interface Streams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/**
 * A console on these streams; `invocation` gives the words that start this program again, and `elsewhere` the environment
 * that the command is about, if its name would not find it.
 */
export function terminalConsole(
  { stdin, stdout, stderr }: Streams,
  args: readonly string[],
  invocation: () => string,
  elsewhere: () => Elsewhere | undefined = () => undefined,
): Console {
  const secrets = new Set(args.flatMap((arg) => codesIn(arg)));
  const screen = screenOn(stdout);
  const asStarted: Console['asStarted'] = (text, escape = (words) => words) => {
    if (!text.includes(canonical)) return text;
    const place = elsewhere();
    return restated(place === undefined ? text : pointedTo(text, place, escape), invocation(), escape);
  };
  const say = (line: string): void => void stderr.write(`${asStarted(line)}\n`);
  return {
    secrets,
    asStarted,
    print: (line) => stdout.write(`${asStarted(line, isJson(line) ? insideJson : undefined)}\n`),
    say,
    tell: (line) => {
      if (isTerminal(stderr)) say(line);
    },
    disclose: (secret) => stdout.write(`${secret}\n`),
    hand: async (text) => {
      const { handTo } = require('./handed') as typeof import('./handed');
      await handTo(stdout, `${text}\n`);
    },
    style: styleFor(stdout),
    isTerminal: isTerminal(stderr),
    columns: () => screen?.size().columns,
    screen,
    progress: (total, unit) => progressOn(stderr, total, unit),
    ask: async (question, echo) => (stdin.isTTY && stderr.isTTY ? ask(stdin, stderr, question, echo) : undefined),
    readInput: (mostBytes = usualInputBytes) => readAll(stdin, mostBytes),
  };
}

/** Any error as a failure that can be printed. An unexpected error is a bug, and its text is scrubbed. */
export function failureOf(error: unknown, { secrets }: Pick<Console, 'secrets'>): Failure {
  if (error instanceof Failure) return error;
  if (systemCode(error) === 'MODULE_NOT_FOUND') return halfInstalled(error);
  const message = error instanceof Error ? `${error.name}: ${error.message}` : 'an unknown error';
  const hint = 'please report this with the command that you ran; EVERGRANT_DEBUG=1 adds where it happened';
  return new Failure('bug', 'unexpected', `unexpected ${scrub(message, secrets).slice(0, 300)}`, hint, {
    cause: error,
  });
}

/** How every text of this program names it. */
const canonical = 'npx evergrant';

/**
 * A text with its commands as `invocation` starts them; one that names its folder itself needs no other. Repeating this
 * changes nothing.
 */
export function restated(text: string, invocation: string, escape = (words: string) => words): string {
  const [words, bare] = [invocation, withoutFolder(invocation)].map(escape) as [string, string];
  const restate = (part: string): string =>
    part.replaceAll(/npx evergrant( --environments )?/g, (_, folder: string | undefined) =>
      folder === undefined ? words : `${bare}${folder}`,
    );
  if (!words.includes(canonical)) return restate(text);
  return text.split(words).map(restate).join(words);
}

function isJson(results: string): boolean {
  return /^[{[]/.test(results);
}

/** Words as they stand between the quotes of JSON. */
function insideJson(words: string): string {
  return JSON.stringify(words).slice(1, -1);
}

/** While npm installs, it takes packages away that a run under way may not have loaded yet. */
function halfInstalled(cause: unknown): Failure {
  return new Failure(
    'temporary_failure',
    'module_missing',
    'a module of this program is missing: npm may be at work',
    'run again when it has ended, or install evergrant again',
    { cause },
  );
}

/** Node's types always have `isTTY`, but a pipe has none. */
function isTerminal({ isTTY }: { readonly isTTY?: boolean }): boolean {
  return isTTY === true;
}

function styleFor(stdout: NodeJS.WriteStream): Style {
  const picocolors = require('picocolors') as typeof import('picocolors');
  const { bold, dim, green, yellow, red } = picocolors.createColors(isTerminal(stdout) && picocolors.isColorSupported);
  return { bold, dim, green, yellow, red };
}

async function ask(
  stdin: NodeJS.ReadStream,
  stderr: NodeJS.WriteStream,
  question: string,
  echo: 'shown' | 'hidden',
): Promise<string> {
  // Readline echoes what is typed to its output; for a hidden answer, that output discards it.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const output = echo === 'hidden' ? nowhere : stderr;
  const prompt = readline.createInterface({ input: stdin, output, terminal: true });
  stderr.write(echo === 'hidden' ? `${question}: ` : '');
  try {
    return (await prompt.question(echo === 'hidden' ? '' : `${question}: `)).trim();
  } catch (error) {
    throw invalid('cancelled', 'cancelled at the question', 'run again', error); // Ctrl-C or Ctrl-D
  } finally {
    prompt.close();
    if (echo === 'hidden') stderr.write('\n');
  }
}

/** More than a secret or a callback URL has. */
const usualInputBytes = 64 * 1024;

async function readAll(stdin: NodeJS.ReadStream, mostBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let left = mostBytes;
  for await (const chunk of stdin) {
    chunks.push(chunk as Buffer);
    left -= (chunk as Buffer).length;
    if (left < 0) throw tooMuchInput(mostBytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function tooMuchInput(mostBytes: number): Failure {
  return invalid(
    'too_large',
    `standard input has more than ${mostBytes / 1024} KB`,
    'give it nothing but what this command asks for',
  );
}
