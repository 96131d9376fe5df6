import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildFolder } from '../support/build-folder';
import { makeWorkplace } from '../support/program';
import { projectFolder } from '../support/project';
import { environmentText } from '../support/servers/xero-server';

const connected = {
  app_type: 'pkce',
  client_id: 'c',
  access_token: 'a',
  refresh_token: 'r',
  generation: '1',
  grant_status: 'connected',
};

const start = path.join(projectFolder(), 'scripts/package/start.js');

/** What a Node.js of its own says about the parts that a start is read from. */
function inNode(text: string): unknown {
  const program = `
    const { loaderOf } = require(${JSON.stringify(start)});
    const build = ${JSON.stringify(buildFolder())};
    const { load, scripts } = loaderOf(build);
    process.stdout.write(JSON.stringify((${text})()));`;
  return JSON.parse(execFileSync(process.execPath, ['-e', program], { encoding: 'utf8' }));
}

describe('a start', () => {
  test('takes the compiled code of both parts', () => {
    const parts = inNode(`() => {
      load('environment/database/open-store.js');
      return [...scripts].map(([part, { cachedDataRejected }]) => [part, cachedDataRejected]);
    }`);
    expect(parts).toEqual([
      ['files', false],
      ['database', false],
    ]);
  });

  test('has each module once: what is loaded from its own file gets those that are loaded together', () => {
    const same = inNode(`() => {
      const path = require('node:path');
      const { Failure } = load('errors.js');
      const elsewhere = require('node:module').createRequire(path.join(build, 'lint/lint.js'));
      return [elsewhere('../errors').Failure === Failure, elsewhere('commander') === load('../../node_modules/commander/index.js')];
    }`);
    expect(same).toEqual([true, true]);
  });

  test('tells again, when it is asked again, that a module can not be loaded', () => {
    const said = inNode(`() => {
      const Module = require('node:module');
      const { _load } = Module;
      Module._load = (request, ...rest) => {
        if (request === 'node:fs') throw new Error('gone');
        return _load(request, ...rest);
      };
      const tell = () => { try { return typeof load('environment/files/paths.js'); } catch ({ message }) { return message; } };
      return [tell(), tell()];
    }`);
    expect(said).toEqual(['gone', 'gone']);
  });

  test('reads no module from its own file when nothing is due', async () => {
    const place = makeWorkplace();
    const access_token_expires_at = new Date(Date.now() + 3_600_000).toISOString();
    place.write('acme', environmentText('acme', { ...connected, access_token_expires_at }));
    const tell = `--import=data:text/javascript,${encodeURIComponent(`
      import Module from 'node:module';
      const { _extensions: by } = Module;
      const js = by['.js'];
      by['.js'] = (module, file) => { process.stderr.write('own file: ' + file + '\\n'); js(module, file); };`)}`;
    const { stdout, stderr } = await place.run(['refresh', 'acme'], { variables: { NODE_OPTIONS: tell } });
    expect(stdout).toMatch(/^acme: not due/);
    const own = stderr.split('\n').filter((line) => line.startsWith('own file: '));
    expect(own.map((line) => path.basename(line))).toEqual(['cli.js', 'node-version.js', 'start.js']);
  });
});
