import { expect, test } from 'vitest';
import { grantOf } from '../../scripts/environment/grant';
import { diagnoseFile, diagnoseGrant } from '../../scripts/status/diagnosis';
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

test('doctor names the machine on which a refresh was cut off, and where its answer may be', () => {
  const rows = { ...fresh, refresh_token: 'r', refresh_started_at: '2026-11-22T09:55:00.000Z' };
  const onHost = { ...environmentOf(rows), startedOn: 'web2' };
  expect(diagnoseGrant(grantOf(onHost, now), 'acme', now)).toMatchObject([
    {
      problem: 'a refresh was interrupted 5 min ago on web2',
      mend: 'npx evergrant refresh acme, within 30 minutes of that; on web2 also later, if its answer came there',
    },
  ]);
});

test('doctor names the file of tokens that a database has not confirmed, and since when', () => {
  const facts = {
    where: 'acme in db/evergrant',
    folder: 'db/evergrant',
    isReadableByOthers: false,
    isFolderOpen: false,
    tracking: 'untracked' as const,
    pushedWorkspace: undefined,
    hasRecovery: true,
    unconfirmed: { file: '/state/acme.3.receipt.json', since: new Date('2026-11-22T09:55:01.000Z') },
    unfinishedName: undefined,
    hasAside: false,
    unbelievable: [],
  };
  expect(diagnoseFile(facts, 'acme')).toEqual([
    {
      kind: 'not_saved',
      code: 'recovery_waiting',
      problem:
        'tokens wait here that the database has not confirmed: in /state/acme.3.receipt.json since 2026-11-22 09:55 UTC',
      mend: 'npx evergrant refresh acme',
    },
  ]);
});
