import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeWorkplace, type Result, type Workplace } from '../../support/program';
import { projectFolder } from '../../support/project';
import { startXeroServer, type XeroServer } from '../../support/servers/xero-server';
import { isWithoutShell } from '../../support/system-tools';

const guide = fs.readFileSync('environments/sealing.md', 'utf8');
const blocks = [...guide.matchAll(/```sh\n([\s\S]+?)```/g)].map(([, text = '']) => text);

/** The block under a heading. @throws Error when there is none */
function blockUnder(heading: string): string {
  const block = blocks.find((text) => guide.indexOf(text) > guide.indexOf(`## ${heading}`));
  if (block === undefined || !guide.includes(`## ${heading}\n`)) throw new Error(`no commands under ${heading}`);
  return block;
}

let xero: XeroServer;
let place: Workplace;
let identity: string;

beforeAll(async () => {
  xero = await startXeroServer();
  place = makeWorkplace();
  place.write('acme', xero.environment('web', 'acme', xero.connectedRows()));
  identity = await generateIdentity();
  fs.writeFileSync(path.join(place.folder, 'age.txt'), `${identity}\n`, { mode: 0o600 });
  const npx = `#!/bin/sh\nshift\nexec "${process.execPath}" "${path.join(projectFolder(), 'dist/cli.js')}" "$@"\n`;
  fs.writeFileSync(path.join(place.folder, 'npx'), npx, { mode: 0o700 });
});
afterAll(() => xero.close());

/** Types commands of the guide, with its places in the folder of this test. */
async function type(commands: string): Promise<Result> {
  const recipient = await identityToRecipient(identity);
  const typed = commands.replaceAll('/etc/', `${place.folder}/`).replaceAll('age1…', recipient);
  const env = { PATH: `${place.folder}:/usr/bin:/bin`, HOME: place.folder };
  const child = spawn('bash', ['-euc', `umask 077\n${typed}`], { cwd: place.folder, env });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output };
}

const keyFile = (name: string): string => path.join(place.folder, name);

describe.skipIf(isWithoutShell('bash'))('the commands of the guide, one after the other', () => {
  test('seal what is there, and end the tokens of older copies', async () => {
    const before = place.rows('acme');
    const { code, stdout } = await type(blockUnder('First steps'));
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/1 environment sealed\n[\s\S]*1 environment sealed with it, opened by this key\n/),
    });
    const after = place.rows('acme');
    expect(Object.keys(after).filter((key) => after[key]?.startsWith('evergrant:1:') === true)).toEqual([
      'client_secret',
      'access_token',
      'refresh_token',
    ]);
    expect(Number(after['generation'])).toBeGreaterThan(Number(before['generation'] ?? '0'));
    expect(fs.statSync(keyFile('evergrant.key')).mode & 0o777).toBe(0o600);
  }, 60_000);

  test('make a key for a machine that only uses tokens', async () => {
    expect(await type(blockUnder('A machine that only uses tokens'))).toMatchObject({ code: 0 });
    const there = { variables: { EVERGRANT_KEY_FILE: keyFile('access.key') } };
    expect(await place.run(['token', 'acme'], there)).toMatchObject({ code: 0 });
    expect(await place.run(['refresh', 'acme', '--force'], there)).toMatchObject({ code: 4 });
    expect(await place.run(['refresh', '--all'], there)).toMatchObject({ code: 0 }); // nothing is due
  }, 60_000);

  test('make a new key, after which the old one opens nothing', async () => {
    expect(await type(blockUnder('A new key'))).toMatchObject({ code: 0 });
    const opens = async (name: string): Promise<boolean> =>
      (await place.run(['token', 'acme'], { variables: { EVERGRANT_KEY_FILE: keyFile(name) } })).code === 0;
    expect([await opens('evergrant.key'), await opens('evergrant-2.key')]).toEqual([false, true]);
  }, 60_000);

  test('bring everything back by escrow when both keys are lost', async () => {
    for (const name of ['evergrant.key', 'evergrant-2.key']) fs.rmSync(keyFile(name));
    expect(guide).toContain('`npx evergrant key recover --identity age.txt --to FILE`');
    expect(await type('npx evergrant key recover --identity age.txt --to /etc/evergrant.key')).toMatchObject({
      code: 0,
    });
    expect(await type('npx evergrant refresh acme --force')).toMatchObject({ code: 0 });
  }, 60_000);
});

test('there are no other commands in the guide than those that are tried', () => {
  expect(blocks).toHaveLength(3);
});
