import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { secretHash } from '../../../scripts/environment/client';
import { environmentText } from '../../support/servers/xero-server';
import { makeWorkplace, type Workplace } from '../../support/program';

let place: Workplace;
let file: string;

beforeEach(() => {
  place = makeWorkplace();
  for (const name of ['acme', 'birch']) place.write(name, environmentText(name, { app_type: 'web' }));
  file = path.join(place.folder, 'environments/.evergrant/clients.json');
});

const client = (...words: string[]) => place.run(['client', ...words]);

function secretIn(stdout: string): string {
  return /^client_secret: (\S+)$/m.exec(stdout)?.[1] ?? '';
}

async function listed(): Promise<unknown[]> {
  const { stdout } = await client('list', '--json');
  return (JSON.parse(stdout) as { clients: unknown[] }).clients;
}

describe('client', () => {
  test('add prints the secret once, and keeps its hash alone, for this user', async () => {
    const { code, stdout, stderr } = await client('add', 'reports', '--for', 'birch, acme');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^client_id: reports\nclient_secret: egs_[\w-]{43}\n$/);
    const text = fs.readFileSync(file, 'utf8');
    expect(text).toContain(secretHash(secretIn(stdout)));
    expect(text).not.toContain(secretIn(stdout));
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    expect(await listed()).toEqual([
      expect.objectContaining({ clientId: 'reports', environments: ['acme', 'birch'], expiresAt: null }),
    ]);
  });

  test('list shows no secret and no hash', async () => {
    const secret = secretIn((await client('add', 'reports', '--all', '--expires', '90d')).stdout);
    const { stdout } = await client('list');
    expect(stdout).toMatch(/^Client\s+Environments\s+Added\s+Secret\nreports\s+all\s+\S+\s+good until \S+\n$/);
    for (const output of [stdout, JSON.stringify(await listed())]) {
      expect(output).not.toContain(secret);
      expect(output).not.toContain(secretHash(secret));
    }
  });

  test('rotate lets the secret before live on, for as long as is said', async () => {
    await client('add', 'reports', '--all');
    const { stdout } = await client('rotate', 'reports', '--json');
    const [line] = (JSON.parse(stdout) as { clients: { clientSecret: string; secrets: unknown[] }[] }).clients;
    expect([line?.clientSecret.length, line?.secrets.length]).toEqual([47, 2]);
    await client('rotate', 'reports', '--overlap', '0s');
    expect(await listed()).toMatchObject([{ secrets: [{ endsAt: null }] }]);
  });

  test('remove takes it away', async () => {
    await client('add', 'reports', '--all');
    expect(await client('remove', 'reports')).toEqual({ code: 0, stdout: 'reports: removed\n', stderr: '' });
    expect(await listed()).toEqual([]);
  });

  test('follows an environment to its new name, and forgets one that was removed', async () => {
    await client('add', 'reports', '--for', 'acme,birch');
    await place.run(['rename', 'acme', 'cedar']);
    await place.run(['remove', 'birch', '--yes']);
    expect(await listed()).toMatchObject([{ environments: ['cedar'] }]);
  });

  test.each<[string, string[], string]>([
    ['no environment', ['add', 'reports'], 'say which environments this client may have tokens of'],
    ['one that is not there', ['add', 'reports', '--for', 'acmee'], 'there is no environment "acmee"'],
    ['all, and some', ['add', 'reports', '--for', 'acme', '--all'], "option '--for"],
    ['a name that is none', ['add', 'No Name', '--all'], '"No Name" is no name for a client'],
    ['a name that is taken', ['add', 'taken', '--all'], 'there is a client taken already'],
    ['a time that is none', ['add', 'reports', '--all', '--expires', 'soon'], '"soon" is no duration'],
    ['a time that is over', ['add', 'reports', '--all', '--expires', '0d'], 'this client would never be let in'],
    ['a client that is not there', ['remove', 'nobody'], 'there is no client "nobody"'],
    ['another that is not there', ['rotate', 'nobody'], 'there is no client "nobody"'],
    ['an expired one', ['rotate', 'gone'], 'the client gone has expired'],
  ])('with %s says so, and changes nothing', async (_, words, message) => {
    await client('add', 'taken', '--all');
    await client('add', 'gone', '--all', '--expires', '1ms');
    const before = fs.readFileSync(file, 'utf8');
    const { code, stdout, stderr } = await client(...words);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    expect(fs.readFileSync(file, 'utf8')).toBe(before);
  });

  test('with a list that others may have written believes nothing', async () => {
    await client('add', 'reports', '--all');
    fs.chmodSync(file, 0o666);
    expect(await client('list')).toMatchObject({ code: 2, stdout: '' });
  });
});
