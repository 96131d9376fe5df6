import { Gauge, Registry } from 'prom-client';
import { countsOf, type StatusRow } from './rows';
import { statesByUrgency, statusDetails } from './standing';

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
  const invalid = gauge('invalid', 'Whether the environment makes no sense (1) or does (0).', 'environment');
  const generation = gauge('generation', 'Number of token sets written so far.', 'environment');
  const lastAttempt = gauge(
    'last_attempt_timestamp_seconds',
    'Unix time of the last attempt to refresh, with its outcome.',
    'environment',
    'outcome',
  );
  const details = gauge(
    'environments_by_detail',
    'Number of environments that are called more than their state says.',
    'detail',
  );
  const failing = gauge('failing', 'Whether the last attempts to refresh failed (1) or not (0).', 'environment');
  const failingSince = gauge(
    'failing_since_timestamp_seconds',
    'Unix time at which the attempts began to fail.',
    'environment',
  );
  for (const [state, count] of countsOf(statesByUrgency, (row) => row.state, rows)) environments.set({ state }, count);
  const detailOf = ({ standing }: StatusRow) => standing?.detail;
  for (const [detail, count] of countsOf(statusDetails, detailOf, rows)) details.set({ detail }, count);
  for (const row of rows) {
    const { environment } = row;
    const isRemoved = row.standing?.detail === 'removed';
    consentNeeded.set({ environment }, Number(row.state === 'consent_needed' || isRemoved));
    const isRefreshing = row.standing?.detail === 'refreshing';
    interrupted.set({ environment }, Number(row.state === 'interrupted' && !isRefreshing));
    invalid.set({ environment }, Number(row.state === 'invalid'));
    const isFailing = row.standing?.detail === 'failing';
    failing.set({ environment }, Number(isFailing));
    if (isFailing) failingSince.set({ environment }, secondsOf(row.standing.since));
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
