import fs from 'node:fs';
import path from 'node:path';
import { quote, split } from 'shlex';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { commandsIn } from '../support/commands';
import { makeWorkplace, type Workplace } from '../support/program';
import { startXeroServer, type XeroServer } from '../support/servers/xero-server';

let xero: XeroServer;
let place: Workplace;
/** An environment of another folder, with the name of one that is here. */
let other: string;

beforeAll(async () => {
  xero = await startXeroServer();
});

afterAll(() => xero.close());

beforeEach(() => {
  place = makeWorkplace();
  other = path.join(place.folder, 'his other', 'acme.postman_environment.json');
  fs.mkdirSync(path.dirname(other));
  const refreshedYesterday = new Date(Date.now() + 59 * 86_400_000).toISOString();
  const held = (user: string): Record<string, string> => ({
    ...xero.connectedRows(),
    refresh_token_expires_at: refreshedYesterday,
    authorised_user_id: user,
  });
  place.write('acme', xero.environment('web', 'acme', held('dana')));
  fs.writeFileSync(other, xero.environment('web', 'acme', held('erin')), { mode: 0o600 });
});

describe('what is kept of an environment under its name', () => {
  beforeEach(() => {
    const keep = path.join(place.folder, 'environments', '.evergrant');
    fs.mkdirSync(keep);
    const attempt = { environment: 'acme', outcome: 'temporary_failure', error: { code: 'x', message: 'no answer' } };
    fs.writeFileSync(
      path.join(keep, 'log.jsonl'),
      `${JSON.stringify({ at: new Date(Date.now() - 60_000).toISOString(), ...attempt })}\n`,
    );
    const told = { name: 'acme', outcome: 'temporary_failure', code: 'x', isOwn: false };
    const since = new Date(Date.now() - 7_200_000).toISOString();
    fs.writeFileSync(path.join(keep, 'said.json'), JSON.stringify({ troubles: [{ ...told, since, saidAt: since }] }));
  });

  test.each([
    ['status', '--check'],
    ['status', '--json'],
    ['doctor', '--json'],
  ])('is not told of one of the same name elsewhere: %s %s', async (verb, flag) => {
    const here = await place.run([verb, flag, 'acme']);
    const there = await place.run([verb, flag, other]);
    expect([here.code, here.stdout.includes('fail')]).toEqual([verb === 'status' && flag === '--json' ? 0 : 4, true]);
    expect([there.code, there.stdout.includes('fail')]).toEqual([0, false]);
    const linked = await place.run([verb, flag, './environments/acme.postman_environment.json']);
    expect(linked).toEqual(here);
  });
});

test('doctor --online asks with the tokens of the file that was named', async () => {
  const before = fs.readFileSync(place.fileOf('acme'), 'utf8');
  const expired = { ...xero.connectedRows(), access_token_expires_at: new Date(0).toISOString() };
  fs.writeFileSync(other, xero.environment('web', 'acme', expired), { mode: 0o600 });
  place.write('acme', xero.environment('web', 'acme', expired));
  const untouched = fs.readFileSync(place.fileOf('acme'), 'utf8');
  await place.run(['doctor', '--online', other]);
  expect(fs.readFileSync(place.fileOf('acme'), 'utf8')).toBe(untouched);
  expect(before).not.toBe(untouched);
});

test('two of one name in two folders share no callback, so doctor has nothing to say of it', async () => {
  expect((await place.run(['doctor', 'acme', other])).stdout).not.toContain('are all called');
});

describe('a hint about an environment elsewhere', () => {
  const elsewhere = (): string => `--environments ${quote(path.dirname(other))}`;

  function end(file: string): void {
    const ended = { ...xero.connectedRows(), grant_status: 'consent_needed' };
    fs.writeFileSync(file, xero.environment('web', 'acme', ended), { mode: 0o600 });
  }

  test('names its folder, and runs as it stands', async () => {
    const refused = await place.run(['remove', other]);
    const [, command = ''] = commandsIn(refused.stderr, 'npx evergrant');
    expect(command).toBe(`${elsewhere()} remove acme --yes`);
    expect(await place.run(split(command))).toMatchObject({ code: 0 });
    expect([fs.existsSync(other), fs.existsSync(place.fileOf('acme'))]).toEqual([false, true]);
  });

  test.each<[string[], string]>([
    [['token'], 'consent acme'],
    [['refresh', '--json'], 'consent acme'],
    [['status', '--json'], 'restore acme'],
    [['doctor', '--json'], 'consent acme'],
  ])('names its folder: %j', async ([verb = '', ...flags], expected) => {
    end(other);
    if (verb === 'status') for (const file of [other, place.fileOf('acme')]) fs.writeFileSync(file, '{');
    const alone = await place.run([verb, ...flags, other]);
    expect(alone.stdout + alone.stderr).toContain(`npx evergrant ${elsewhere()} ${expected}`);
    if (verb === 'token') return;
    const both = await place.run([verb, ...flags, 'acme', other]);
    expect(both.stdout).toContain(`npx evergrant ${elsewhere()} ${expected}`);
    expect(both.stdout.includes(`npx evergrant ${expected}`)).toBe(verb === 'status');
  });

  test('names the folder that was given with it', async () => {
    end(other);
    const { stderr } = await place.run(['--environments', 'environments', 'token', other]);
    expect(stderr).toContain(`npx evergrant ${elsewhere()} consent acme`);
  });

  test('names its file, where no name finds that', async () => {
    const odd = path.join(place.folder, 'environments', 'acme.json');
    end(odd);
    expect((await place.run(['token', odd])).stderr).toContain(`npx evergrant consent ${odd}`);
  });

  test.each(['birch', 'birch.json'])('makes one that is not there in the folder of its path: %s', async (given) => {
    const { stderr } = await place.run(['refresh', path.join(place.folder, 'his other', given)]);
    const [command = ''] = commandsIn(stderr, 'npx evergrant');
    expect(command).toBe(`${elsewhere()} init birch`);
    expect(await place.run(split(command))).toMatchObject({ code: 0 });
    expect(fs.existsSync(path.join(path.dirname(other), 'birch.postman_environment.json'))).toBe(true);
  });

  test('is as ever where its name finds it', async () => {
    end(place.fileOf('acme'));
    const { stderr } = await place.run(['token', './environments/acme.postman_environment.json']);
    expect(stderr).toContain('npx evergrant consent acme');
  });

  test('is what hooks are told, with its folder', async () => {
    end(other);
    const hook = `node -e 'console.log(process.env.EVERGRANT_HINT + "; " + process.env.EVERGRANT_ENVIRONMENTS)'`;
    const { stderr } = await place.run(['refresh', 'acme', other, '--on-consent-needed', hook]);
    expect(stderr).toContain(`npx evergrant ${elsewhere()} consent acme; ${path.dirname(other)}`);
  });
});
