import { describe, expect, test } from 'vitest';
import { cronUnits } from '../../scripts/schedule/cron';
import { jobOf, plainPlace, unspeakable } from './places';

function textOf(changes: Partial<typeof plainPlace>): string | undefined {
  return cronUnits({ ...plainPlace, ...changes }, jobOf('10m')).files[0]?.text;
}

describe('the crontab', () => {
  test('needs no flock', () => {
    expect(textOf({})).toMatch(/flock -n 9/);
    expect(textOf({ hasFlock: false })).not.toMatch(/flock|cron\.lock/);
  });

  test('needs no timeout', () => {
    expect(textOf({})).toMatch(/ timeout -k 60 1800 \/usr\/bin\/node /);
    expect(textOf({ hasTimeout: false })).not.toMatch(/timeout|124|minutes is stopped/);
  });

  test('says what it is where the subject of cron’s mails begins', () => {
    expect(textOf({})?.trimEnd().split('\n').at(-1)).toMatch(/^\S+ \* \* \* \* : evergrant refresh && /);
  });

  test('leaves a third of the longest line that cron takes for the paths', () => {
    const line = textOf({ node: '', program: '', project: '', environments: '' })?.trimEnd().split('\n').at(-1);
    expect(line?.length).toBeLessThan(650);
  });

  test.each(unspeakable)('is refused for a path like %j', (project) => {
    expect(() => textOf({ project })).toThrow(expect.objectContaining({ kind: 'invalid', code: 'bad_path' }));
  });

  test('says where the key of sealed secrets is, and whose it is to be', () => {
    const key = { file: '/srv/the keys/100%.key', credential: 'encrypted' } as const;
    const { files, install } = cronUnits({ ...plainPlace, key }, jobOf('10m'));
    expect(files[0]?.text).toContain('\nEVERGRANT_KEY_FILE="/srv/the keys/100%.key"\n');
    expect(install.join('\n')).toContain("sudo chown evergrant: '/srv/the keys/100%.key'");
    const quoted = { ...key, file: '/srv/"' };
    expect(() => textOf({ key: quoted })).toThrow(expect.objectContaining({ code: 'bad_path' }));
  });

  test('is refused where its line is longer than cron takes', () => {
    const environments = `/srv/${'a'.repeat(500)}`;
    expect(() => textOf({ environments })).toThrow(expect.objectContaining({ code: 'long_command' }));
  });
});
