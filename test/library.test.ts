import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeWorkplace, runProgram, type Result, type Workplace } from './support/program';
import { startXeroServer, type XeroServer } from './support/servers/xero-server';

let xero: XeroServer;
let place: Workplace;

beforeAll(async () => {
  xero = await startXeroServer();
});
afterAll(() => xero.close());
beforeEach(() => {
  place = makeWorkplace();
  fs.mkdirSync(path.join(place.folder, 'node_modules'));
  fs.symlinkSync(path.resolve('.'), path.join(place.folder, 'node_modules/evergrant'));
});

/** The TypeScript example of the README. */
function example(): string {
  return /```ts\n([\s\S]*?)```/.exec(fs.readFileSync('README.md', 'utf8'))?.[1] ?? '';
}

function run(script: string): Promise<Result> {
  fs.writeFileSync(path.join(place.folder, 'server.mjs'), script);
  return runProgram([path.join(place.folder, 'server.mjs')], place.folder, {});
}

describe('the library', () => {
  test('runs the example of the README, which its types are right for', async () => {
    fs.writeFileSync(path.join(place.folder, 'server.mts'), example());
    const options = ['--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
    const roots = ['--typeRoots', path.resolve('node_modules/@types')];
    execFileSync(
      process.execPath,
      [path.resolve('node_modules/typescript/bin/tsc'), ...options, ...roots, 'server.mts'],
      {
        cwd: place.folder,
      },
    );
    const rows = { ...xero.connectedRows(), tenant_id: 'the-tenant', access_token_expires_at: '' };
    place.write('acme', xero.environment('web', 'acme', rows));
    const script = fs.readFileSync(path.join(place.folder, 'server.mjs'), 'utf8');
    const { code, stderr } = await run(script.replace('https://api.xero.com', xero.url));
    expect([code, stderr]).toEqual([0, '']);
    expect(place.rows('acme')).toMatchObject({ generation: '2', grant_status: 'connected' });
  });

  test('refreshes once, whatever asks at the same time', async () => {
    const rows = { ...xero.connectedRows(), access_token_expires_at: '' };
    place.write('acme', xero.environment('web', 'acme', rows));
    const before = xero.redemptions();
    const script = `import { accessToken } from 'evergrant';
      const asked = [...Array(10)].map((_, index) => accessToken('acme', { minValidity: index % 2 ? '5m' : '6m' }));
      const tokens = await Promise.all(asked);
      console.log(new Set(tokens.map(({ accessToken }) => accessToken)).size);`;
    const results = await Promise.all([run(script), place.run(['token', 'acme'])]);
    expect(results.map(({ code }) => code)).toEqual([0, 0]);
    expect(results[0]?.stdout).toBe('1\n');
    expect(xero.redemptions() - before).toBe(1);
  });

  test('throws what a program can act on', async () => {
    place.write('acme', xero.environment('web', 'acme'));
    const script = `import { accessToken, Failure } from 'evergrant';
      await accessToken('acme').catch((error) => console.log(error instanceof Failure, error.kind, error.hint));`;
    expect((await run(script)).stdout).toMatch(
      /^true consent_needed .*[/]scripts[/]package[/]evergrant.js consent acme\n$/,
    );
  });
});
