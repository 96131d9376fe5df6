import { randomInt } from 'node:crypto';
import { homeOf, refreshEffects, type Context } from '../context';
import { secretsOf } from '../core/environment';
import { refreshGrant } from '../core/refresh';
import { codesIn, secretsInAnswer } from '../core/scrub';
import type { Exchange } from '../io/newman-scenario';
import { sandboxStage, type Stage } from '../io/qa-stage';
import { chooseScenarios, randomBytesFor } from '../qa/choose';
import { liveScenarios, refuseProduction, requireConnection, type LeftOut } from '../qa/live';
import { liveStage } from '../io/qa-live';
import { notRun, resultOf, type QaRun, type ScenarioResult } from '../qa/result';
import { readScenarios, type QaScenario } from '../qa/scenarios';
import { sayDuration } from '../core/duration';

export interface QaCommand {
  readonly grep: string;
  /** Stop at the first that fails. */
  readonly isBail: boolean;
  readonly isJson: boolean;
  /** Only say which there are. */
  readonly isList: boolean;
  /** An environment to play with at Xero itself. */
  readonly live?: string;
  /** Undefined for one of its own. */
  readonly seed?: string;
  readonly reportFolder: string;
}

/** Plays every scenario of the QA collection, or some, and says which failed. One that was not played is a failure. */
export async function qa(options: QaCommand, context: Context): Promise<number> {
  if (options.isList) return list(context);
  const seed = options.seed ?? String(randomInt(1_000_000));
  const { playable, leftOut } = options.live === undefined ? allOf(readScenarios()) : liveScenarios(readScenarios());
  const scenarios = chooseScenarios(playable, options.grep, seed);
  const stage = options.live === undefined ? await sandboxStage() : xeroStage(options.live, context);
  try {
    const run = await play(scenarios, stage, seed, options, context);
    sayRun(run, leftOut, options.isJson, context);
    return run.results.every(({ outcome }) => outcome === 'passed') ? 0 : 1;
  } finally {
    stage.end();
  }
}

function list({ console }: Context): number {
  for (const { id, title, isLive } of readScenarios())
    console.print(`${id}  ${title}${isLive ? ' (also --live)' : ''}`);
  return 0;
}

function allOf(playable: QaScenario[]): ReturnType<typeof liveScenarios> {
  return { playable, leftOut: [] };
}

/** @throws Failure `invalid` for an environment that is not connected, or marked as production */
function xeroStage(name: string, context: Context): Stage {
  const home = homeOf(context, name);
  const environment = home.read();
  refuseProduction(environment);
  requireConnection(environment);
  for (const secret of secretsOf(environment)) context.console.secrets.add(secret);
  const options = { profile: { kind: 'keep_alive' }, isForced: true, patienceMs: 60_000, waitMs: 30_000 } as const;
  const effects = refreshEffects(context, options.patienceMs);
  return liveStage({ read: home.read, refresh: async () => void (await refreshGrant(home, options, effects)) });
}

async function play(
  scenarios: readonly QaScenario[],
  stage: Stage,
  seed: string,
  { isBail }: QaCommand,
  { console, now, signals }: Context,
): Promise<QaRun> {
  const [startedAt, start] = [now(), performance.now()];
  const [results, played]: [ScenarioResult[], QaRun['played'][number][]] = [[], []];
  const progress = console.progress(scenarios.length, 'scenarios');
  const noteSecrets = (exchange: Exchange): void =>
    secretsIn(exchange).forEach((secret) => console.secrets.add(secret));
  for (const scenario of scenarios) {
    const isOver = signals.isStopping() || (isBail && results.some(({ outcome }) => outcome === 'failed'));
    if (isOver) results.push(notRun(scenario));
    else {
      const began = performance.now();
      const { steps, summaries } = await stage.play(scenario, randomBytesFor(seed, scenario.id), noteSecrets);
      results.push(resultOf(scenario, steps, performance.now() - began));
      played.push(...summaries.map((summary) => ({ id: scenario.id, summary })));
    }
    progress.advance();
  }
  progress.end();
  const sorted = results.toSorted((a, b) => a.id.localeCompare(b.id));
  return { seed, startedAt, durationMs: performance.now() - start, results: sorted, played };
}

/** Everything in an answer of the sandbox's or of Xero's that no output may show. */
function secretsIn({ response }: Exchange): string[] {
  const body = response?.text() ?? '';
  const named = [...body.matchAll(/"(?:key":"client_secret","value|clientSecret)":"([^"]+)"/g)];
  return [...secretsInAnswer(body), ...codesIn(body), ...named.map((match) => match[1] ?? '')];
}

function sayRun(run: QaRun, leftOut: readonly LeftOut[], isJson: boolean, { console }: Context): void {
  const { seed, durationMs, results } = run;
  const count = (outcome: ScenarioResult['outcome']): number =>
    results.filter((result) => result.outcome === outcome).length;
  const [passed, failed, missing] = [count('passed'), count('failed'), count('not_run')];
  if (isJson) {
    const summary = { seed, passed, failed, notRun: missing, durationMs: Math.round(durationMs) };
    console.print(JSON.stringify({ ...summary, leftOut, scenarios: results }, null, 2));
    return;
  }
  for (const result of results) sayResult(result, console);
  for (const { id, why } of leftOut) console.print(`left out ${id}: ${why}`);
  const words = [
    `${passed} passed`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(missing > 0 ? [`${missing} not run`] : []),
  ];
  console.print(`\n${results.length} scenarios: ${words.join(', ')}, in ${sayDuration(durationMs)} (seed ${seed})`);
}

function sayResult(
  { id, title, outcome, durationMs, steps }: ScenarioResult,
  { print, style }: Context['console'],
): void {
  const marks = { passed: style.green('passed '), failed: style.red('failed '), not_run: style.yellow('not run') };
  print(`${marks[outcome]}  ${id}  ${(durationMs / 1000).toFixed(1).padStart(4)} s  ${title}`);
  for (const { name, row, complaints } of steps) {
    const where = steps.some((step) => step.row > 0) ? `${name}, row ${row + 1}` : name;
    for (const complaint of complaints) print(`         ${where}: ${complaint}`);
  }
}
