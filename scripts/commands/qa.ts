import { randomBytes } from 'node:crypto';
import type { Context } from '../context';
import { playScenario } from '../io/newman-scenario';
import { startSandboxProcess } from '../io/sandbox-process';
import { resultOf, type ScenarioResult } from '../qa/result';
import { readScenarios } from '../qa/scenarios';

export interface QaCommand {
  readonly grep?: string;
  readonly isBail: boolean;
}

export async function qa(options: QaCommand, context: Context): Promise<number> {
  const scenarios = readScenarios().filter(({ id, title }) => `${id} ${title}`.includes(options.grep ?? ''));
  const sandbox = await startSandboxProcess();
  const results: ScenarioResult[] = [];
  try {
    for (const scenario of scenarios) {
      const start = performance.now();
      const variables = { sandbox_url: sandbox.url, random_bytes: randomBytes(64).toString('hex') };
      const { steps } = await playScenario(scenario, { variables });
      const result = resultOf(scenario, steps, performance.now() - start);
      results.push(result);
      context.console.print(`${result.outcome} ${result.id} ${result.title} ${Math.round(result.durationMs)}`);
      for (const s of result.steps) for (const f of s.complaints) context.console.print(`   ${s.row} ${s.name}: ${f}`);
    }
  } finally {
    sandbox.stop();
  }
  return results.every(({ outcome }) => outcome === 'passed') ? 0 : 1;
}
