import fs from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { withoutPassword } from '../../../scripts/environment/harmless-variables';
import { expectNoSecret, expectNoSecretInFiles } from '../../support/leaks';
import { makeMachine, type Machine } from '../../support/machines';
import { startPostgres, whyNoPostgres, type PostgresServer } from '../../support/postgres';
import type { Result, RunOptions } from '../../support/program';
import { projectFolder } from '../../support/project';
import { holdTokenRequest, startXeroServer, type XeroServer } from '../../support/servers/xero-server';

const isLeftOut = process.env['POSTGRES_TESTS'] !== 'required' && whyNoPostgres() !== undefined;

/** A server that logs as much as it can; by default it would log what statements carry, too. */
const talkative = { fsync: 'on', log_statement: 'all', log_min_duration_statement: '0' };

describe.skipIf(isLeftOut)('with its environments in a database that wants a password,', () => {
  const password = `dsn-${Math.random().toString(36).slice(2)}-x+y/z=q&"<>-${Math.random().toString(36).slice(2)}`;
  let server: PostgresServer;
  let xero: XeroServer;
  let admin: string;
  let url: string;
  let machine: Machine;
  let secrets: () => Set<string>;
  beforeAll(async () => {
    [server, xero] = await Promise.all([
      startPostgres({ ...talkative, log_parameter_max_length: '0' }),
      startXeroServer(),
    ]);
    admin = server.database();
    const owner = makeMachine(admin);
    await owner.run(['store', 'migrate']);
    const { stdout } = await owner.run(['store', 'migrate', '--print']);
    server.sql(admin, stdout.slice(stdout.indexOf('-- Rights')));
    owner.remove();
    url = server.worker(admin, 'ann', password);
    secrets = () => new Set([...xero.secrets, password]);
  });
  afterAll(async () => {
    await Promise.all([server.remove(), xero.close()]);
  });
  beforeEach(() => {
    machine = makeMachine('');
  });
  afterEach(() => machine.remove());

  /** What says where the store is, and has its password. */
  const ways: Readonly<Record<string, () => Readonly<Record<string, string>>>> = {
    'in the URL': () => ({ EVERGRANT_STORE: url }),
    'in a parameter of the URL': () => ({
      EVERGRANT_STORE: `${withoutPassword(url)}?password=${encodeURIComponent(password)}`,
    }),
    'in PGPASSWORD': () => ({ EVERGRANT_STORE: withoutPassword(url), PGPASSWORD: password }),
    'in .env': () => {
      machine.write('.env', `EVERGRANT_STORE='${url}'\n`);
      return { EVERGRANT_STORE: '' };
    },
    'in a password file': () => {
      const { port, pathname } = new URL(url);
      const line = ['127.0.0.1', port, pathname.slice(1), 'ann', password.replaceAll(/[\\:]/g, '\\$&')].join(':');
      return { EVERGRANT_STORE: withoutPassword(url), PGPASSFILE: machine.write('passwords', `${line}\n`) };
    },
  };

  async function run(
    args: readonly string[],
    variables: Readonly<Record<string, string>>,
    input = '',
    disclosed = '',
  ): Promise<Result> {
    const options: RunOptions = { variables: { ...unset(variables), EVERGRANT_DEBUG: '1' }, input };
    const result = await machine.run(args, options);
    expectNoSecret(result.stdout.replace(disclosed, ''), secrets(), `stdout of ${args[0]}`);
    expectNoSecret(result.stderr, secrets(), `stderr of ${args[0]}`);
    return result;
  }

  /** A blank variable would hide the one in `.env`. */
  function unset(variables: Readonly<Record<string, string>>): Record<string, string> {
    return Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  }

  test.each(Object.keys(ways))('the password %s works, and shows nowhere', async (way) => {
    const variables = ways[way]?.() ?? {};
    const input = xero.environment('web', 'acme', xero.connectedRows());
    await run(['remove', 'acme', '--yes'], variables);
    expect(await run(['adopt', 'acme', '-'], variables, input)).toMatchObject({ code: 0 });
    expect(await run(['refresh', 'acme', '--force', '--report', 'reports', '--json'], variables)).toMatchObject({
      code: 0,
    });
    for (const command of ['status', 'doctor']) {
      expect(await run([command, 'acme'], variables)).toMatchObject({ code: 0 });
    }
    expect(await run(['token', 'nobody'], variables)).toMatchObject({ code: 2 });
    for (const name of ['.env', 'passwords']) fs.rmSync(`${machine.folder}/${name}`, { force: true });
    expectNoSecretInFiles(machine.folder.concat('/reports'), secrets());
  });

  test.each(['in .env', 'in a password file'])(
    'a command and a hook have no password %s among their variables, and find the store',
    async (way) => {
      const variables = ways[way]?.() ?? {};
      const input = xero.environment('web', 'acme', xero.connectedRows());
      await run(['remove', 'acme', '--yes'], variables);
      await run(['adopt', 'acme', '-'], variables, input);
      const own = `${process.execPath} ${projectFolder()}/dist/cli.js`;
      machine.write('child.sh', `env > child.env; ${own} list`);
      const hooked = await run(['refresh', 'acme', '--force', '--on-refreshed', 'sh child.sh'], variables);
      expect(hooked.stderr).toContain('on-refreshed (acme): acme');
      expectNoSecret(childVariables(), secrets(), 'what a hook gets');
      expect((await run(['exec', 'acme', '--', 'sh', 'child.sh'], variables)).stdout).toBe('acme\n');
      expectNoSecret(childVariables().replace(/XERO_ACCESS_TOKEN=.*/, ''), secrets(), 'what a command gets');
    },
  );

  test.each(['in the URL', 'in PGPASSWORD'])('a command and a hook have no password that was %s', async (way) => {
    const variables = { ...ways[way]?.(), MINE: `postgres://ann:${password}@elsewhere/books` };
    const input = xero.environment('web', 'acme', xero.connectedRows());
    await run(['remove', 'acme', '--yes'], variables);
    await run(['adopt', 'acme', '-'], variables, input);
    machine.write('child.sh', 'env > child.env');
    for (const args of [
      ['refresh', 'acme', '--force', '--on-refreshed', 'sh child.sh'],
      ['exec', 'acme', '--', 'sh', 'child.sh'],
    ]) {
      expect(await run(args, variables)).toMatchObject({ code: 0 });
      const names = childVariables().match(/^(EVERGRANT_STORE|PGPASSWORD|MINE)=.*/gm);
      expect(names).toEqual([`EVERGRANT_STORE=${withoutPassword(url)}`]);
      expectNoSecret(childVariables().replace(/XERO_ACCESS_TOKEN=.*/, ''), secrets(), 'what a child gets');
    }
  });

  function childVariables(): string {
    return fs.readFileSync(`${machine.folder}/child.env`, 'utf8');
  }

  test.each([
    ['a wrong password', 2, () => url.replace(/:[^:@]*@/, ':wrong-wrong-wrong@')],
    ['no such database', 2, () => url.replace(/\w+$/, 'nowhere')],
    ['nobody who answers', 4, () => url.replace(/@[^/]*/, '@127.0.0.1:1')],
    ['a URL that makes no sense', 2, () => url.replace('@127', '@[127')],
  ])('%s is told in a line without it', async (_, code, made) => {
    const { stderr, ...ended } = await run(['status'], { EVERGRANT_STORE: made() });
    expect(ended.code).toBe(code);
    expect(stderr).not.toContain('wrong-wrong');
    expect(stderr.split('\n').filter((line) => line !== '' && !/^\s+at |^\w*error/i.test(line))).toHaveLength(2);
  });

  test('statements carry no values: neither the list of sessions nor the log has a secret', async () => {
    const variables = { EVERGRANT_STORE: url };
    await run(['remove', 'acme', '--yes'], variables);
    await run(['adopt', 'acme', '-'], variables, xero.environment('web', 'acme', xero.connectedRows()));
    const held = holdTokenRequest(xero);
    const refreshing = run(['refresh', 'acme', '--force'], variables);
    await held.arrived;
    const sessions = server.sql(admin, `select query from pg_stat_activity where usename = 'ann'`);
    held.answer();
    expect(await refreshing).toMatchObject({ code: 0 });
    expect(sessions).toContain('evergrant.');
    expectNoSecret(sessions, secrets(), 'pg_stat_activity');
    expect(server.log()).toContain('evergrant.save_token_set');
    expectNoSecret(server.log().replaceAll(/create role ann.*/g, ''), secrets(), "the server's log");
  });

  test('only who administers the server can keep values out of its log', () => {
    const asAnn = `set role ann; set log_parameter_max_length = 0`;
    expect(() => server.sql(admin, asAnn)).toThrow('permission denied');
    server.sql(admin, 'alter role ann set log_parameter_max_length = 0');
  });
});
