import type { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import type { NewmanRunSummary } from 'newman';
import type { VariableDefinition } from 'postman-collection';
import { contractKeys, secretsOf, type ContractKey } from '../environment/environment';
import type { Settings } from '../environment/settings';
import { invalid } from '../errors';
import { underWatch } from '../network/stray-errors';
import { WireFailure } from '../network/wire-failure';
import type { Answer } from '../refresh/token-answer';
import { codesIn, scrub, secretsInAnswer } from '../text/scrub';
import { answerOf, type RequestEvent } from './answer';
import { collectionFile, type RequestName } from './requests';
import { runNewman, type RunOptions } from './run';

export interface Sending {
  /** Runs inside Newman's `request` event, synchronously, before any script of the collection sees the answer. */
  onAnswer(answer: Answer): void;
  /** The same, for a request that a script of the collection sent. */
  onFollowUp?(answer: Answer): void;
  /** Values for this run only; they replace the environment's. */
  readonly variables?: Readonly<Record<string, string>> | undefined;
}

export interface Runner {
  /** Sends one request of the collection. @throws Failure `invalid` when the collection's script does not send it */
  send(settings: Settings, request: RequestName, sending: Sending): Promise<void>;
  /** Sends a plain GET to each URL once, with no credentials. */
  probe(urls: readonly string[]): Promise<ReadonlyMap<string, Answer>>;
}

/** Writes a report of each Newman run that it is attached to. */
export interface Reports {
  attach(emitter: EventEmitter, environment: string, request: string, secrets: ReadonlySet<string>): void;
  /** The files written so far. */
  readonly files: readonly string[];
  /** Why the last page could not be written. It is no failure of a refresh, which is already saved. */
  problem(): string | undefined;
}

export interface RunnerOptions {
  /** Every value that no output may contain; answers add to it. */
  readonly secrets: Set<string>;
  random(size: number): Buffer;
  readonly timeoutMs: number;
  readonly reports?: Reports | undefined;
}

/** Newman as a library. Every request to Xero goes through it. It writes no file and never exports an environment. */
export function newmanRunner(options: RunnerOptions): Runner {
  return {
    send: (settings, request, sending) => send(options, settings, request, sending),
    probe: (urls) => probe(urls, options.timeoutMs),
  };
}

async function probe(urls: readonly string[], timeoutMs: number): Promise<ReadonlyMap<string, Answer>> {
  const answers = new Map<string, Answer>();
  const item = urls.map((url) => ({ name: url, request: { method: 'GET', url } }));
  const run = runNewman({ collection: { info: { name: 'probe' }, item }, timeoutRequest: timeoutMs }, (emitter) => {
    emitter.on('request', (error: Error | null, event: RequestEvent) => {
      answers.set(event.item?.name ?? '', answerOf(error, event.response));
    });
  });
  await underWatch((urls.length + 1) * timeoutMs, run).catch(leaveOut);
  return answers;
}

/** A URL whose request did not end has no answer. */
function leaveOut(failure: unknown): void {
  if (!(failure instanceof WireFailure)) throw failure;
}

async function send(options: RunnerOptions, settings: Settings, request: RequestName, sending: Sending): Promise<void> {
  noteSettings(options.secrets, settings, sending);
  let thrown: { error: unknown } | undefined;
  let [isAnswered, isOver] = [false, false];
  const receive = (error: Error | null, { item, response }: RequestEvent): void => {
    if (isOver) return;
    const answer = answerOf(error, response);
    const isMain = item?.name === request;
    isAnswered ||= isMain;
    try {
      if (isMain) sending.onAnswer(answer);
      else sending.onFollowUp?.(answer);
    } catch (problem) {
      thrown ??= { error: problem }; // must not be thrown inside Newman's event
    }
    // Only now: it takes the longer the longer the answer is, and what was paid for must be saved first.
    if (answer.kind === 'answer') secretsInAnswer(answer.body).forEach((secret) => options.secrets.add(secret));
  };
  const run = runNewman(runOptions(options, settings, request, sending), (emitter) => {
    emitter.on('request', receive);
    options.reports?.attach(emitter, settings.environment.name, request, options.secrets);
  });
  const summary = await underWatch(longestRunMs(options), run).catch((failure: unknown) => {
    isOver = true;
    if (!(failure instanceof WireFailure)) throw failure;
    if (!isAnswered) sending.onAnswer(answerOf(failure, undefined));
  });
  if (thrown !== undefined) throw thrown.error;
  if (summary !== undefined && !isAnswered) throw notSent(summary, request, settings.environment.name, options.secrets);
}

function runOptions(options: RunnerOptions, settings: Settings, request: RequestName, sending: Sending): RunOptions {
  const random = [{ key: 'random_bytes', value: options.random(64).toString('hex') }];
  return {
    collection: JSON.parse(readFileSync(collectionFile, 'utf8')) as object, // shipped with this package
    folder: request,
    environment: { name: settings.environment.name, values: variablesOf(settings, sending) },
    globals: { values: random },
    timeoutRequest: options.timeoutMs,
    timeoutScript: scriptTimeoutMs,
  };
}

const scriptTimeoutMs = 30_000;

/** The limit of a run, in case Newman hangs: a request, a script before and after it, and what these send. */
function longestRunMs({ timeoutMs }: RunnerOptions): number {
  return 3 * timeoutMs + 2 * scriptTimeoutMs;
}

/** The environment's variables with its blanks filled, and with this run's values in place of both. */
function variablesOf(settings: Settings, { variables = {} }: Sending): VariableDefinition[] {
  const rows = settings.environment.variables.map(({ key, value, type, enabled }) => ({ key, value, type, enabled }));
  const own = { ...ofPostman, ...variables };
  const over = { ...filledIn(settings, own), ...own };
  const others = rows.filter(({ key }) => !(key in over));
  return [
    ...others,
    ...Object.entries(over).map(([key, value]) => ({ key, value, type: 'any', enabled: true })),
  ] as VariableDefinition[];
}

/**
 * Rows for support staff in Postman alone. By the first, their environments refuse to use what a server keeps, and here is that
 * server; the others have tokens of a consent that Postman has not judged, or has refused.
 */
const ofPostman = { handed_over_at: '', pending_access_token: '', pending_refresh_token: '' };

/** Those that the run has values of its own for are left out: they may be sealed, and nobody may be able to open them. */
function filledIn(settings: Settings, own: Readonly<Record<string, string>>): Record<string, string> {
  const keys = (Object.keys(contractKeys) as ContractKey[]).filter((key) => !(key in own));
  return Object.fromEntries(keys.map((key) => [key, settings.value(key)]));
}

/** Notes the secrets that a report must not show: hidden values, and all values from the process or `.env`. */
function noteSettings(secrets: Set<string>, settings: Settings, { variables = {} }: Sending): void {
  const { environment, fromOutside } = settings;
  const credential = `${settings.value('client_id')}:${settings.value('client_secret')}`;
  const callback = variables['callback_url'] ?? '';
  const hidden = [...secretsOf(environment), ...Object.values(fromOutside), credential, callback, ...codesIn(callback)];
  for (const secret of hidden) secrets.add(secret);
}

function notSent(summary: NewmanRunSummary, request: string, name: string, secrets: ReadonlySet<string>): Error {
  const said = summary.run.failures[0]?.error.message ?? 'it was not sent';
  return invalid(
    'request_refused',
    `"${request}" for ${name}: ${scrub(said, secrets)}`,
    `mend the environment, then run again: npx evergrant status ${name}`,
  );
}
