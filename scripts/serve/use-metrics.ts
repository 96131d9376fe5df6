import { Counter, Gauge, Registry } from 'prom-client';
import type { Health } from './health';
import type { LoopWatch } from './loop-watch';
import type { Use } from './use-log';

/** Counts of uses, in Prometheus' text format. Strangers have no label of their own, so that they can't add any. */
export interface UseMetrics {
  note(use: Use): void;
  text(): Promise<string>;
}

export function useMetrics(inFlight: () => number, health: Health, loop: LoopWatch): UseMetrics {
  const registry = new Registry();
  const uses = new Counter({
    name: 'evergrant_serve_requests_total',
    help: 'Number of requests that were answered or refused, by client and outcome.',
    labelNames: ['client', 'outcome'],
    registers: [registry],
  });
  const asking = new Gauge({
    name: 'evergrant_serve_requests_in_flight',
    help: 'Number of requests that wait for their answer.',
    registers: [registry],
  });
  const store = new Gauge({
    name: 'evergrant_serve_store_up',
    help: 'Whether the store of the environments answers.',
    registers: [registry],
  });
  const watch = loop.isRefreshing ? loopMetrics(registry, loop) : undefined;
  return {
    note: ({ client, outcome }) => uses.inc({ client, outcome }),
    text: async () => {
      asking.set(inFlight());
      store.set((await health.isStoreThere()) ? 1 : 0);
      watch?.();
      return await registry.metrics();
    },
  };
}

/** Metrics of the loop of `--refresh`; what is returned sets them. */
function loopMetrics(registry: Registry, loop: LoopWatch): () => void {
  const registers = [registry];
  const runs = new Gauge({
    name: 'evergrant_serve_refresh_runs',
    help: 'Number of runs of the loop that have ended since the start, by exit code.',
    labelNames: ['exit_code'],
    registers,
  });
  const atWork = new Gauge({
    name: 'evergrant_serve_refresh_at_work',
    help: 'Whether the loop lives and a run has ended within the life of an access token.',
    registers,
  });
  const lastRun = new Gauge({
    name: 'evergrant_serve_refresh_last_run_timestamp_seconds',
    help: 'When the last run of the loop ended.',
    registers,
  });
  return () => {
    for (const [code, count] of loop.runs) runs.set({ exit_code: String(code) }, count);
    atWork.set(loop.isAtWork ? 1 : 0);
    lastRun.set((loop.lastRun?.endedAt.getTime() ?? 0) / 1000);
  };
}
