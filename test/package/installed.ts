import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { makeFolder } from '../environment/files/children';
import type { SandboxProcess } from '../support/sandbox';
import { startProgram, type Ended } from '../support/running';

/** A package that was installed for all users, as `npm install --global --omit=dev` does it. */
export interface Installed {
  /** The package's folder. */
  readonly folder: string;
  /** The command. */
  readonly program: string;
}

/** What `npm pack` looks at. */
const parts = [
  'dist',
  'collections',
  'environments',
  'scripts',
  'node_modules',
  'package.json',
  'README.md',
  'LICENSE',
];

/**
 * Makes the file that `npm pack` makes, in a folder of its own, from a copy of the project: packing changes package.json
 * for a moment. The build is there already, and other tests check the package.
 */
export function packedFile(): string {
  const [copy, folder] = [makeFolder(), makeFolder()];
  execFileSync('sh', ['-c', 'cp -a --link "$@" 2>/dev/null || cp -a "$@"', 'sh', ...parts, copy]);
  fs.rmSync(path.join(copy, 'package.json'));
  fs.copyFileSync('package.json', path.join(copy, 'package.json'));
  execFileSync(process.execPath, [path.join(copy, 'scripts/package/bundle.js')]);
  const variables = { ...process.env, npm_config_update_notifier: 'false' };
  const args = ['pack', '--ignore-scripts', '--pack-destination', folder];
  execFileSync('npm', args, { stdio: 'ignore', env: variables, cwd: copy });
  return path.join(folder, fs.readdirSync(folder)[0] ?? '');
}

/** Installs a packed file without npm and without a network: its other dependencies are those of this project. */
export function installOffline(file: string): Installed {
  const prefix = makeFolder();
  fs.chmodSync(prefix, 0o755);
  const folder = path.join(prefix, 'lib/node_modules/evergrant');
  fs.mkdirSync(folder, { recursive: true });
  execFileSync('tar', ['-xzf', file, '--strip-components=1', '--no-same-owner', '-C', folder]);
  for (const place of neededPackages()) {
    const target = path.join(folder, place);
    if (fs.existsSync(target) || !fs.existsSync(place)) continue;
    fs.mkdirSync(path.dirname(target), { recursive: true });
    execFileSync('sh', ['-c', 'cp -a --link "$1" "$2" 2>/dev/null || cp -a "$1" "$2"', 'sh', place, target]);
  }
  const program = path.join(prefix, 'bin/evergrant');
  fs.mkdirSync(path.dirname(program));
  fs.symlinkSync(path.relative(path.dirname(program), path.join(folder, 'scripts/package/evergrant.js')), program);
  return { folder, program };
}

/** The packages at the top of `node_modules` that are not for development. */
function neededPackages(): string[] {
  const { packages } = JSON.parse(fs.readFileSync('package-lock.json', 'utf8')) as {
    packages: Readonly<Record<string, { readonly dev?: true }>>;
  };
  const places = Object.entries(packages).filter(([place, { dev }]) => place !== '' && dev === undefined);
  return places.map(([place]) => place).filter((place) => place.lastIndexOf('node_modules/') === 0);
}

/** Who runs the program, and where its environments are: named, or found by itself. */
export interface Person {
  readonly uid?: number;
  readonly home: string | undefined;
  readonly environments: string;
  readonly isNamed: boolean;
  /** The Node.js that runs it; this one without. */
  readonly node?: string;
}

/**
 * The whole story from a folder that is nobody's: init, consent, exchange, refresh, token.
 * @throws Error when a step does not end well
 */
export async function tellStory({ program }: Installed, person: Person, sandbox: SandboxProcess): Promise<string> {
  const { uid, home, environments, isNamed, node } = person;
  const variables: Record<string, string> = { HOME: home ?? '' };
  const asked = isNamed ? ['--environments', environments] : [];
  const run = async (...args: string[]): Promise<Ended> => {
    const options = { program, variables, node, ...(uid === undefined ? {} : { uid }) };
    const ended = await startProgram('/', [...asked, ...args], options).ended;
    if (ended.code !== 0) throw new Error(`${args[0]} ended with ${ended.code}: ${ended.stderr}`);
    return ended;
  };
  await run('init', 'acme', '--app-type', 'web');
  const file = path.join(environments, 'acme.postman_environment.json');
  const { values } = await sandbox.environment('web', 'acme');
  const made = JSON.parse(fs.readFileSync(file, 'utf8')) as { values: { key: string; value: string }[] };
  for (const row of made.values) row.value = values.find(({ key }) => key === row.key)?.value ?? row.value;
  fs.writeFileSync(file, JSON.stringify(made));
  const { stdout: link } = await run('consent', 'acme', '--no-check');
  const callback = await sandbox.consent(link.trim());
  await run('exchange', 'acme', callback);
  await run('refresh', 'acme', '--force');
  return (await run('token', 'acme')).stdout.trim();
}
