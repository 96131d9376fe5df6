import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { statusMetrics } from '../../scripts/status/metrics';
import { statusRow, unreadableRow, type StatusRow } from '../../scripts/status/rows';
import { environmentOf } from '../support/environments';

const [now, began] = [new Date('2026-11-22T10:00:00.000Z'), new Date('2026-11-22T09:20:00.000Z')];

const acme = environmentOf({
  app_type: 'web',
  access_token: 'the-access-token',
  refresh_token: 'the-refresh-token',
  access_token_expires_at: '2026-11-22T10:29:00.500Z',
  refresh_token_expires_at: '2027-01-20T10:00:00.000Z',
  refresh_started_at: '2026-11-22T09:50:00.000Z',
  tenant_name: 'Maple Bakery',
  generation: '7',
});

const rows: readonly StatusRow[] = [
  statusRow(
    acme,
    { at: new Date('2026-11-22T09:50:00.000Z'), outcome: 'temporary_failure', since: began, move: null },
    now,
  ),
  statusRow(environmentOf({ app_type: 'custom_connection', access_token: 'the-access-token' }, 'birch'), null, now),
  unreadableRow('"\\\nelder', null, { code: 'bad_name', message: 'no name', hint: 'rename it' }),
];

/** Whether the format is left unchecked: never where `PROMTOOL_TESTS=required`, as in CI. */
const isWithoutPromtool =
  spawnSync('promtool', ['--version']).error !== undefined && process.env['PROMTOOL_TESTS'] !== 'required';

describe('the metrics of status', () => {
  test('have a sample for everything known, and no organisation or token', async () => {
    const samples = (await statusMetrics(rows)).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const elder = '{environment="\\"\\\\\\nelder"}';
    expect(samples).toEqual([
      'evergrant_environments{state="consent_needed"} 0',
      'evergrant_environments{state="invalid"} 1',
      'evergrant_environments{state="interrupted"} 1',
      'evergrant_environments{state="connected"} 1',
      'evergrant_environments{state="never_connected"} 0',
      'evergrant_access_token_expiry_timestamp_seconds{environment="acme"} 1795343340.5',
      'evergrant_refresh_token_expiry_timestamp_seconds{environment="acme"} 1800439200',
      'evergrant_consent_needed{environment="acme"} 0',
      'evergrant_consent_needed{environment="birch"} 0',
      `evergrant_consent_needed${elder} 0`,
      'evergrant_interrupted{environment="acme"} 1',
      'evergrant_interrupted{environment="birch"} 0',
      `evergrant_interrupted${elder} 0`,
      'evergrant_invalid{environment="acme"} 0',
      'evergrant_invalid{environment="birch"} 0',
      `evergrant_invalid${elder} 1`,
      'evergrant_generation{environment="acme"} 7',
      'evergrant_generation{environment="birch"} 0',
      'evergrant_last_attempt_timestamp_seconds{environment="acme",outcome="temporary_failure"} 1795341000',
      'evergrant_environments_by_detail{detail="waiting"} 0',
      'evergrant_environments_by_detail{detail="refreshing"} 0',
      'evergrant_environments_by_detail{detail="failing"} 1',
      'evergrant_environments_by_detail{detail="import_cut_off"} 0',
      'evergrant_environments_by_detail{detail="removed"} 0',
      'evergrant_environments_by_detail{detail="moved"} 0',
      'evergrant_failing{environment="acme"} 1',
      'evergrant_failing{environment="birch"} 0',
      `evergrant_failing${elder} 0`,
      'evergrant_failing_since_timestamp_seconds{environment="acme"} 1795339200',
    ]);
  });

  test.skipIf(isWithoutPromtool)('are as Prometheus’ own tool and its naming guide want them', async () => {
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: await statusMetrics(rows),
      encoding: 'utf8',
    });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});
