import { Gauge, Registry } from 'prom-client';

/** A run of `refresh` that has ended. */
export interface EndedRun {
  readonly at: Date;
  readonly exitCode: number;
}

/** The name of the metric by which the next run finds out when the last one succeeded. */
const successMetric = 'evergrant_last_success_timestamp_seconds';

/**
 * The metrics of a run, in Prometheus' text format. The last success stays what an earlier run wrote, unless this one
 * succeeded; it has no sample while there was none.
 */
export async function runMetrics({ at, exitCode }: EndedRun, earlier: string): Promise<string> {
  const registry = new Registry();
  const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, registers: [registry] });
  const seconds = at.getTime() / 1000;
  const lastSuccess = exitCode === 0 ? seconds : lastSuccessIn(earlier);
  gauge('evergrant_last_run_timestamp_seconds', 'Unix time at which refresh last ended.').set(seconds);
  gauge('evergrant_last_exit_code', 'Exit code of the last run of refresh.').set(exitCode);
  const success = new Gauge({
    name: successMetric,
    help: 'Unix time at which refresh last ended with 0.',
    registers: [],
  });
  if (lastSuccess !== undefined) {
    registry.registerMetric(success);
    success.set(lastSuccess);
  }
  return await registry.metrics();
}

function lastSuccessIn(text: string): number | undefined {
  const [, value = ''] = new RegExp(`^${successMetric} (\\S+)$`, 'm').exec(text) ?? [];
  const seconds = Number(value);
  return value !== '' && Number.isFinite(seconds) ? seconds : undefined;
}
