import { shapeDifferences, shapeOf } from './body-shape';
import type { RecordedAnswer, RecordedExchange, RecordedScenario, Recording, Rotation } from './recording-file';

/** Something that the sandbox answers otherwise than Xero did. */
export interface AnswerDifference {
  readonly scenario: string;
  /** From 0. */
  readonly row: number;
  readonly step: string;
  /** `status`, `header location`, `body.scope`. */
  readonly what: string;
  readonly live: string;
  readonly sandbox: string;
}

/** The scenarios that both recordings have. */
export function commonScenarios(live: Recording, sandbox: Recording): string[] {
  return Object.keys(live.scenarios).filter((id) => id in sandbox.scenarios);
}

/**
 * Where the answers of two recordings differ in status, headers that matter or the shape of the body, step by step.
 * Values do not count, nor what the sandbox is told by its control API; but whether a refresh brings a new refresh token does.
 */
export function compareScenarios(live: Recording, sandbox: Recording): AnswerDifference[] {
  return commonScenarios(live, sandbox).flatMap((id) => {
    const [a, b] = [live.scenarios[id], sandbox.scenarios[id]];
    return a && b ? [...compareScenario(id, a, b), ...rotationDifference(id, a, b)] : [];
  });
}

/** `QA-010, step "Exchange code": status is 200 live, 400 in the sandbox` */
export function formatAnswerDifference({ scenario, row, step, what, live, sandbox }: AnswerDifference): string {
  const place = row === 0 ? '' : `row ${row + 1}, `;
  return `${scenario}, ${place}step "${step}": ${what} is ${live} live, ${sandbox} in the sandbox`;
}

const refreshStep = 'Refresh tokens';

/** Whether refresh tokens rotate is seen by a value that stays, which the shapes of two answers don't tell. */
function rotationDifference(scenario: string, a: RecordedScenario, b: RecordedScenario): AnswerDifference[] {
  const [live, sandbox] = [rotationOf(a), rotationOf(b)];
  if (live === undefined || sandbox === undefined || live === sandbox) return [];
  return [{ scenario, row: 0, step: refreshStep, what: 'the refresh token after it', live, sandbox }];
}

function rotationOf({ rotation, exchanges }: RecordedScenario): Rotation | undefined {
  return rotation ?? exchanges.map(rotationIn).find((one) => one !== undefined);
}

function rotationIn({ request, answer }: RecordedExchange): Rotation | undefined {
  const form = 'form' in request.body ? (request.body.form as readonly string[]) : [];
  if (!form.includes('grant_type=refresh_token') || answer?.status !== 200 || !('json' in answer.body))
    return undefined;
  const { access_token: access, refresh_token: token } = Object(answer.body.json) as Record<string, unknown>;
  if (typeof access !== 'string') return undefined;
  return typeof token === 'string' && !form.includes(`refresh_token=${token}`) ? 'a new one' : 'the same';
}

function compareScenario(scenario: string, live: RecordedScenario, sandbox: RecordedScenario): AnswerDifference[] {
  const [theirs, ours] = [exchangesOf(live), exchangesOf(sandbox)];
  const played = new Set(live.exchanges.map(stepOf));
  const extra = [...ours].filter(([key, one]) => !theirs.has(key) && played.has(stepOf(one))).map(([key]) => key);
  return [...theirs.keys(), ...extra].flatMap((key) => {
    const [a, b] = [theirs.get(key), ours.get(key)];
    const { row = 0, step = '' } = a ?? b ?? {};
    const shapes = a?.answer && b?.answer ? bodies(a.answer, b.answer, live, sandbox) : [];
    return [...pairs(factsOf(a), factsOf(b)), ...shapes].map((one) => ({ scenario, row, step, ...one }));
  });
}

/** By step and how often it has sent a request: a run against Xero has fewer steps, and those that it lacks do not count. */
function exchangesOf({ exchanges }: RecordedScenario): Map<string, RecordedExchange> {
  const counts = new Map<string, number>();
  const toXero = exchanges.filter(({ request }) => !request.url.startsWith('‹base›/sandbox/'));
  return new Map(
    toXero.map((exchange) => {
      const key = stepOf(exchange);
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      return [`${key} ${count}`, exchange];
    }),
  );
}

function stepOf({ row, step }: RecordedExchange): string {
  return JSON.stringify([row, step]);
}

type Fact = Pick<AnswerDifference, 'what' | 'live' | 'sandbox'>;

function pairs(live: ReadonlyMap<string, string>, sandbox: ReadonlyMap<string, string>): Fact[] {
  const areAnswered = live.has('status') && sandbox.has('status');
  const names = areAnswered ? new Set([...live.keys(), ...sandbox.keys()]) : ['request'];
  return [...names]
    .map((what) => ({ what, live: live.get(what) ?? 'missing', sandbox: sandbox.get(what) ?? 'missing' }))
    .filter((one) => one.live !== one.sandbox);
}

function factsOf(exchange: RecordedExchange | undefined): Map<string, string> {
  if (exchange === undefined) return new Map([['request', 'not sent']]);
  const { answer } = exchange;
  if (answer === null) return new Map([['request', 'not answered']]);
  const headers = Object.entries(answer.headers).map(([name, value]): [string, string] => [
    `header ${name}`,
    headerFact(name, value),
  ]);
  return new Map([['request', 'answered'], ['status', String(answer.status)], ...headers]);
}

/** What of a header depends neither on the moment nor on the server's own addresses. */
function headerFact(name: string, value: string): string {
  if (name === 'content-type') return value.split(';')[0]?.trim().toLowerCase() ?? '';
  if (name === 'www-authenticate') return value.split(' ')[0] ?? '';
  if (name === 'retry-after') return /^(\d+|‹duration›)$/.test(value) ? 'a number of seconds' : 'a date';
  if (name !== 'location') return value;
  const [address = '', query = ''] = value.split(/[?#]/);
  const parameters = query.split('&').map((one) => one.split('=')[0]);
  const path = address.replace(/^(https?:\/\/[^/]*|‹base›)/, '').replaceAll(/ \d+›/g, '›');
  return `${path}${query === '' ? '' : `?${parameters.join('&')}`}`;
}

function bodies(live: RecordedAnswer, sandbox: RecordedAnswer, a: RecordedScenario, b: RecordedScenario): Fact[] {
  const [one, other] = [kindOfBody(live), kindOfBody(sandbox)];
  if (one !== other) return [{ what: 'body', live: one, sandbox: other }];
  if (!('json' in live.body && 'json' in sandbox.body)) return [];
  const differences = shapeDifferences(shapeOf(live.body.json, a.jwts), shapeOf(sandbox.body.json, b.jwts));
  return differences.map(({ path, ...sides }) => ({ what: path, ...sides }));
}

function kindOfBody({ body }: RecordedAnswer): string {
  if ('json' in body) return 'JSON';
  return 'text' in body ? 'text' : 'empty';
}
