import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeWorkplace, runProgram, type Workplace } from '../support/program';
import { projectFolder } from '../support/project';
import { startProgram, type Ended } from '../support/running';
import { startXeroServer, type XeroServer } from '../support/servers/xero-server';

let xero: XeroServer;
let place: Workplace;

beforeAll(async () => {
  xero = await startXeroServer();
});
afterAll(() => xero.close());
beforeEach(() => {
  place = makeWorkplace();
  place.write('acme', xero.environment('web', 'acme', { ...xero.connectedRows(), tenant_id: 'the-tenant' }));
  fs.writeFileSync(path.join(place.folder, 'homeless.js'), homeless);
});

/** What Node.js does for a user id without a name and without HOME, as containers are given. */
const homeless = `
const os = require('node:os');
const none = () => { throw Object.assign(new Error('ENOENT'), { code: 'ERR_SYSTEM_ERROR' }); };
os.homedir = none;
os.userInfo = none;
`;

function runHomeless(...args: string[]): Promise<Ended> {
  const preload = path.join(place.folder, 'homeless.js');
  return startProgram(place.folder, args, { preload, variables: { HOME: '', XDG_STATE_HOME: 'state' } }).ended;
}

describe('a user who has neither a home nor a name', () => {
  test.each<[string[], number]>([
    [['status'], 0],
    [['refresh', 'acme', '--force'], 0],
    [['refresh', '--all', '--force', '--no-jitter', '--processes', '2'], 0],
    [['token', 'acme'], 0],
    [['doctor'], 0],
    [['log', 'acme'], 0],
    [['consent', 'acme', '--no-check'], 0],
    [['init', 'second', '--app-type', 'web'], 0],
    [['restore', 'acme'], 2],
  ])('is served by %j', async (args, expected) => {
    place.write('twin', xero.environment('web', 'twin', { ...xero.connectedRows('web'), authorised_user_id: 'other' }));
    const { code, stderr } = await runHomeless(...args);
    expect([stderr.includes('unexpected'), code]).toEqual([false, expected]);
    expect(fs.existsSync(path.join(place.folder, 'state'))).toBe(false);
  });

  test('is served by the library', async () => {
    const script = path.join(place.folder, 'server.js');
    fs.writeFileSync(
      script,
      `${homeless}require(${JSON.stringify(path.join(projectFolder(), 'dist/index.js'))}).accessToken('acme').then(() => console.log('got one'));`,
    );
    const { stdout, stderr } = await runProgram([script], place.folder, { variables: { HOME: '' } });
    expect([stdout, stderr]).toEqual(['got one\n', '']);
  });
});
