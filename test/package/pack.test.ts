import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeFolder } from '../environment/files/children';
import { buildFolder } from '../support/build-folder';

let installed: string;

/** The package as it arrives elsewhere: what `npm pack` put into the tarball, with the dependencies that npm would add. */
beforeAll(() => {
  const folder = makeFolder();
  const variables = { ...process.env, npm_config_update_notifier: 'false' };
  execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { stdio: 'ignore', env: variables });
  const [tarball = ''] = fs.readdirSync(folder);
  execFileSync('tar', ['-xzf', tarball], { cwd: folder });
  installed = path.join(folder, 'package');
  fs.symlinkSync(path.resolve('node_modules'), path.join(installed, 'node_modules'));
});

function run(...args: readonly string[]): string {
  return execFileSync(path.join(installed, 'scripts/package/evergrant.js'), args, {
    encoding: 'utf8',
    cwd: installed,
    stdio: 'pipe',
  });
}

describe('the packed program', () => {
  test('runs where it is installed, with neither npx nor a build', () => {
    expect(run('--version')).toBe('0.1.0\n');
    expect(run('init', 'acme', '--app-type', 'pkce', '--client-id', 'x')).toContain('acme');
    expect(run('status', '--json')).toMatch(/"environment": "acme"/);
  });

  test('has what its help is made of', () => {
    expect(run('help', 'environment')).toContain('XERO_CLIENT_SECRET');
  });

  test('has every collection and all data that its commands read', () => {
    expect(run('qa', '--list')).toContain('QA-045');
    const crontab = run('schedule', 'cron');
    expect(crontab).toContain(`p=${installed} `);
    expect(crontab).toContain('"$p"/dist/cli.js');
  });

  test('has its newest build and the template of its reports, and neither older builds nor sources', () => {
    const files = fs.readdirSync(installed, { recursive: true, encoding: 'utf8' });
    expect(files.filter((file) => /^dist\/[^/]+$/.test(file)).toSorted()).toEqual(
      [path.basename(buildFolder()), 'cli.js', 'index.d.ts', 'index.js', 'man']
        .map((name) => `dist/${name}`)
        .toSorted(),
    );
    expect(files).toContain('scripts/report/report.hbs');
    expect(files.filter((file) => /^(scripts|test)\/.*\.ts$/.test(file))).toEqual([]);
    expect(files.filter((file) => file.endsWith('/evergrant-refresh.1'))).toEqual(['dist/man/evergrant-refresh.1']);
  });

  test('is a library with its types', () => {
    const text = `const { accessToken } = require(${JSON.stringify(installed)}); console.log(typeof accessToken);`;
    expect(execFileSync(process.execPath, ['-e', text], { encoding: 'utf8' })).toBe('function\n');
    expect(fs.readFileSync(path.join(installed, 'dist/index.d.ts'), 'utf8')).toContain(path.basename(buildFolder()));
  });
});
