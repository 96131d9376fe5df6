import { expect, test } from 'vitest';
import { cronUnits } from '../../scripts/schedule/cron';
import { adviseUser, type CronUser } from '../../scripts/schedule/cron-user';
import { jobOf, plainPlace } from './places';

const anybody: CronUser = { name: 'eve', isThere: true, isNamed: true, canRead: () => true };

test('a user who can run it needs nothing', () => {
  expect(adviseUser(anybody, plainPlace)).toEqual([]);
});

test('the usual user may still have to be made, one that was named is a mistake', () => {
  const missing = { ...anybody, isThere: false };
  expect(adviseUser({ ...missing, isNamed: false }, plainPlace)).toEqual([expect.stringContaining('useradd --system')]);
  expect(() => adviseUser(missing, plainPlace)).toThrow(expect.objectContaining({ kind: 'invalid', code: 'no_user' }));
});

test.each(['node', 'program'] as const)('a user who can’t read %s is refused', (which) => {
  const user = { ...anybody, canRead: (file: string) => file !== plainPlace[which] };
  expect(() => adviseUser(user, plainPlace)).toThrow(
    expect.objectContaining({ code: 'out_of_reach', message: expect.stringContaining(plainPlace[which]) }),
  );
});

test('mail goes where --mailto says', () => {
  const textFor = (mailTo?: string): string | undefined =>
    cronUnits(plainPlace, jobOf('10m', { mailTo })).files[0]?.text;
  expect(textFor('you@example.com')).toMatch(/^MAILTO=you@example\.com$/m);
  expect(textFor()).toMatch(/^# MAILTO=/m);
});
