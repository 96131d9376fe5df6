import { textOf, valueOf, type Environment } from '../../environment/environment';
import type { RunSummary } from '../../newman/run';
import type { Exchange, PlayedStep } from '../../newman/steps';
import { withItems } from './live';
import { playScenario, type Played } from './play-scenario';
import type { QaScenario } from './read-scenarios';
import type { Target } from './target';

export interface LiveEffects {
  /** The environment as its file is now. */
  read(): Promise<Environment>;
  /** The refresh transaction; throws a Failure. */
  refresh(): Promise<void>;
}

const spending = 'Refresh tokens';

/**
 * Xero itself. Each row of a scenario gets a copy of the environment, and nothing that it changes there is kept: the refresh token
 * is spent by the program's own transaction alone, in the place of the request that would spend it.
 */
export function liveTarget(effects: LiveEffects): Target {
  const play: Target['play'] = async (scenario, randomBytes, onExchange) => {
    const rows = scenario.rows ?? [undefined];
    const parts: Played[] = [];
    for (const [row, values] of rows.entries()) {
      const ofRow = { ...scenario, rows: values && [values] };
      parts.push(...(await playRow(ofRow, row, { effects, randomBytes, onExchange })));
    }
    return {
      steps: parts.flatMap(({ steps }) => steps),
      summaries: parts.flatMap(({ summaries }) => summaries),
      rotation: parts.find(({ rotation }) => rotation !== undefined)?.rotation,
    };
  };
  return { baseUrl: '', clock: async () => ({}), play, end: () => {} };
}

interface Playing {
  readonly effects: LiveEffects;
  readonly randomBytes: string;
  readonly onExchange: (exchange: Exchange) => void;
}

/** Plays a scenario with one row of its table: what the row before has set is not there any more. */
async function playRow(scenario: QaScenario, row: number, playing: Playing): Promise<Played[]> {
  const items = scenario.collection.item[0]?.item ?? [];
  const parts: Played[] = [];
  for (let from = 0; from < items.length;) {
    const next = items.findIndex(({ name }, at) => at >= from && name === spending);
    const to = next === -1 ? items.length : Math.max(next, from + 1);
    const place = { row, position: from };
    const isSpending = next === from;
    parts.push(isSpending ? await spend(place, playing.effects) : await playPart(scenario, place, to, playing));
    from = to;
  }
  return parts;
}

type Place = Pick<PlayedStep, 'row' | 'position'>;

async function playPart(
  scenario: QaScenario,
  { row, position: from }: Place,
  to: number,
  { effects, randomBytes, onExchange }: Playing,
): Promise<Played> {
  const items = scenario.collection.item[0]?.item.slice(from, to) ?? [];
  const moved = <T extends Place>(one: T): T => ({ ...one, row, position: one.position + from });
  const { steps, summaries } = await playScenario(withItems(scenario, items), {
    variables: variablesOf(await effects.read(), randomBytes),
    onExchange: ({ at, ...exchange }) => onExchange({ ...exchange, at: moved(at) }),
  });
  return { steps: steps.map(moved), summaries: summaries.map((summary) => movedTo({ row, position: from }, summary)) };
}

/** A part's account, with each request at its place in the scenario. */
function movedTo({ row, position }: Place, summary: RunSummary): RunSummary {
  const executions = summary.run.executions.map(({ cursor, ...execution }) => ({
    ...execution,
    cursor: { ...cursor, iteration: row, position: cursor.position + position },
  }));
  return { ...summary, run: { ...summary.run, executions } };
}

async function spend(place: Place, { read, refresh }: LiveEffects): Promise<Played> {
  const before = valueOf(await read(), 'refresh_token');
  const start = performance.now();
  const complaints: string[] = [];
  try {
    await refresh();
  } catch (error) {
    complaints.push(error instanceof Error ? error.message : 'the refresh failed');
  }
  const durationMs = Math.round(performance.now() - start);
  const tests = ['the refresh transaction saves new tokens'];
  const step = { name: spending, ...place, status: null, durationMs, tests, complaints };
  const isSame = valueOf(await read(), 'refresh_token') === before;
  const rotation = isSame ? 'the same' : 'a new one';
  return { steps: [step], summaries: [], rotation: complaints.length === 0 ? rotation : undefined };
}

function variablesOf({ variables }: Environment, randomBytes: string): Record<string, string> {
  const rows = variables
    .filter(({ enabled }) => enabled)
    .map(({ key, value }): [string, string] => [key, textOf(value)]);
  return { ...Object.fromEntries(rows), random_bytes: randomBytes };
}
