import { Counter, Gauge, Registry } from 'prom-client';
import type { Use } from './use-log';

/** Counts of uses, in Prometheus' text format. Strangers have no label of their own, so that they can't add any. */
export interface UseMetrics {
  note(use: Use): void;
  text(): Promise<string>;
}

export function useMetrics(inFlight: () => number): UseMetrics {
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
  return {
    note: ({ client, outcome }) => uses.inc({ client, outcome }),
    text: async () => {
      asking.set(inFlight());
      return await registry.metrics();
    },
  };
}
