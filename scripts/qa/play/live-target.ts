import { textOf, valueOf, type Environment } from '../../environment/environment';
import type { RunSummary } from '../../newman/run';
import type { Exchange } from '../../newman/steps';
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
 * Xero itself. A scenario gets a copy of the environment, and nothing that it changes there is kept: the refresh token
 * is spent by the program's own transaction alone, in the place of the request that would spend it.
 */
export function liveTarget({ read, refresh }: LiveEffects): Target {
  const play: Target['play'] = async (scenario, randomBytes, onExchange) => {
    const items = scenario.collection.item[0]?.item ?? [];
    const parts: Played[] = [];
    for (let from = 0; from < items.length;) {
      const next = items.findIndex(({ name }, at) => at >= from && name === spending);
      const to = next === -1 ? items.length : Math.max(next, from + 1);
      const isSpending = next === from;
      parts.push(
        isSpending
          ? await spend(from, { read, refresh })
          : await playPart(scenario, from, to, variablesOf(await read(), randomBytes), onExchange),
      );
      from = to;
    }
    return {
      steps: parts.flatMap(({ steps }) => steps),
      summaries: parts.flatMap(({ summaries }) => summaries),
      rotation: parts.find(({ rotation }) => rotation !== undefined)?.rotation,
    };
  };
  return { baseUrl: '', clock: async () => ({}), play, end: () => {} };
}

async function playPart(
  scenario: QaScenario,
  from: number,
  to: number,
  variables: Record<string, string>,
  onExchange: (exchange: Exchange) => void,
): Promise<Played> {
  const items = scenario.collection.item[0]?.item.slice(from, to) ?? [];
  const { steps, summaries } = await playScenario(withItems(scenario, items), { variables, onExchange });
  return {
    steps: steps.map((step) => ({ ...step, position: step.position + from })),
    summaries: summaries.map((summary) => movedBy(from, summary)),
  };
}

/** A part's account, with each request at its place in the scenario. */
function movedBy(from: number, summary: RunSummary): RunSummary {
  const executions = summary.run.executions.map(({ cursor, ...execution }) => ({
    ...execution,
    cursor: { ...cursor, position: cursor.position + from },
  }));
  return { ...summary, run: { ...summary.run, executions } };
}

async function spend(position: number, { read, refresh }: LiveEffects): Promise<Played> {
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
  const step = { name: spending, row: 0, position, status: null, durationMs, tests, complaints };
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
