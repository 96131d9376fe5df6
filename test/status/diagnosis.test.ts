import { expect, test } from 'vitest';
import { grantOf } from '../../scripts/environment/grant';
import { diagnoseGrant } from '../../scripts/status/diagnosis';
import { environmentOf, type Rows } from '../support/environments';

const now = new Date('2026-11-22T10:00:00.000Z');
const link = { madeAt: new Date('2026-11-20T10:00:00.000Z'), goodUntil: new Date('2026-12-04T10:00:00.000Z') };
const fresh: Rows = { app_type: 'web', access_token: '', refresh_token: '' };

test.each<[string, Rows, typeof link | undefined, [kind: string, code: string][]]>([
  ['a link that nobody has opened is no fault', fresh, link, [['warning', 'waiting']]],
  ['one that was never connected needs a consent', fresh, undefined, [['consent_needed', 'never_connected']]],
  ['one that was handed over is as it should be', { ...fresh, handed_over_at: '2026-11-21' }, undefined, []],
  [
    'one that is over needs a consent, link or not',
    { ...fresh, grant_status: 'consent_needed' },
    link,
    [['consent_needed', 'consent_needed']],
  ],
])('doctor: %s', (_, rows, openLink, expected) => {
  const findings = diagnoseGrant(grantOf(environmentOf(rows), now), 'acme', now, openLink);
  expect(findings.map(({ kind, code }) => [kind, code])).toEqual(expected);
});
