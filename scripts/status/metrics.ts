import { Gauge, Registry } from 'prom-client';
import { countsOf, type StatusRow } from './rows';

/**
 * The status in Prometheus' text format, with names by its guide (https://prometheus.io/docs/practices/naming). Labels
 * hold names of environments, states and outcomes, but no organisation and no secret. An unknown value has no sample.
 */
export async function statusMetrics(rows: readonly StatusRow[]): Promise<string> {
  const registry = new Registry();
  const gauge = <Label extends string>(name: string, help: string, ...labelNames: Label[]): Gauge<Label> =>
    new Gauge({ name: `evergrant_${name}`, help, labelNames, registers: [registry] });
  const environments = gauge('environments', 'Number of environments, by the state of their connection.', 'state');
  const accessEnds = gauge(
    'access_token_expiry_timestamp_seconds',
    'Unix time at which the access token expires.',
    'environment',
  );
  const refreshEnds = gauge(
    'refresh_token_expiry_timestamp_seconds',
    'Unix time at which the refresh token expires unless it is rotated before.',
    'environment',
  );
  const consentNeeded = gauge('consent_needed', 'Whether a person must consent again (1) or not (0).', 'environment');
  const interrupted = gauge(
    'interrupted',
    'Whether a refresh was cut off and must be finished within 30 minutes (1) or not (0).',
    'environment',
  );
  const invalid = gauge('invalid', 'Whether the environment file makes no sense (1) or does (0).', 'environment');
  const generation = gauge('generation', 'Number of token sets written so far.', 'environment');
  const lastAttempt = gauge(
    'last_attempt_timestamp_seconds',
    'Unix time of the last attempt to refresh, with its outcome.',
    'environment',
    'outcome',
  );
  for (const [state, count] of Object.entries(countsOf(rows))) environments.set({ state }, count);
  for (const row of rows) {
    const { environment } = row;
    consentNeeded.set({ environment }, Number(row.state === 'consent_needed'));
    interrupted.set({ environment }, Number(row.state === 'interrupted'));
    invalid.set({ environment }, Number(row.state === 'invalid'));
    if (row.generation !== null) generation.set({ environment }, row.generation);
    if (row.accessTokenExpiresAt) accessEnds.set({ environment }, secondsOf(row.accessTokenExpiresAt));
    if (row.refreshTokenExpiresAt) refreshEnds.set({ environment }, secondsOf(row.refreshTokenExpiresAt));
    if (row.lastAttempt === null) continue;
    lastAttempt.set({ environment, outcome: row.lastAttempt.outcome }, secondsOf(row.lastAttempt.at));
  }
  return await registry.metrics();
}

function secondsOf(at: Date): number {
  return at.getTime() / 1000;
}
