import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { listEnvironments } from '../environment/files/files';
import { packageFolder } from '../package-folder';
import { keyVariables } from '../sealing/key-source';
import type { Installation } from './job';
import { credentialKind, type KeyPlace } from './key-place';
import { networkVariables } from './network-variables';

/** The folders in which cron looks for programs, unless its PATH is set. */
const cronPath = ['/usr/bin', '/bin'];

/**
 * What a job on this machine needs. It runs in this process's working folder if that has a `.env` or the environments,
 * otherwise in the folder of the environments: a person's working folder is nobody else's business.
 * @throws Failure `invalid` when the environments cannot be read
 */
export function installationHere(folder: string, variables: NodeJS.ProcessEnv): Installation {
  listEnvironments(folder);
  const [here, environments] = [fs.realpathSync('.'), fs.realpathSync(folder)];
  const isProject = fs.existsSync('.env') || environments.startsWith(`${here}${path.sep}`);
  const places = { project: isProject ? here : environments, environments, isShared: false };
  return { ...programHere(variables), ...places };
}

/**
 * The same for environments in a database: `folder`, which need not be here yet, has `.env` and this machine's receipts.
 * So one unit suits many machines.
 */
export function sharedInstallation(folder: string, variables: NodeJS.ProcessEnv): Installation {
  const place = path.resolve(folder);
  return { ...programHere(variables), project: place, environments: place, isShared: true };
}

type Places = 'project' | 'environments' | 'isShared';

function programHere(variables: NodeJS.ProcessEnv): Omit<Installation, Places> {
  const program = fs.realpathSync(path.join(packageFolder, 'dist/cli.js'));
  return {
    node: process.execPath,
    program,
    code: codeFolder(path.dirname(path.dirname(program))),
    network: networkVariables(absolute(variables)),
    hasFlock: isFoundByCron('flock'),
    hasTimeout: isFoundByCron('timeout'),
  };
}

/** The variables, with names of files as a job elsewhere finds them. */
function absolute(variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const files = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'].filter((name) => variables[name]);
  return files.reduce((all, name) => ({ ...all, [name]: path.resolve(variables[name] ?? '') }), variables);
}

function isFoundByCron(program: string): boolean {
  return cronPath.some((folder) => fs.existsSync(path.join(folder, program)));
}

/** The package's folder, or the outermost `node_modules` that holds it and its dependencies. */
function codeFolder(root: string): string {
  const marker = `${path.sep}node_modules${path.sep}`;
  const index = root.indexOf(marker);
  return index < 0 ? root : root.slice(0, index + marker.length - 1);
}

/** The place of the key that the guide names, and what Windows has for it. */
const [usualKeyFile, usualOnWindows] = ['/etc/evergrant.key', String.raw`C:\ProgramData\evergrant.key`];

/** The key file that is configured here, or the usual one, and what this machine's systemd can do with it. */
export function keyPlaceHere(kind: string, env: Readonly<Record<string, string | undefined>>): KeyPlace {
  const configured = env[keyVariables.file]?.trim() ?? '';
  return {
    file: configured === '' ? (kind === 'windows' ? usualOnWindows : usualKeyFile) : path.resolve(configured),
    credential: credentialKind(kind === 'systemd' ? systemdVersion() : undefined),
  };
}

function systemdVersion(): number | undefined {
  const { error, stdout } = spawnSync('systemctl', ['--version'], { encoding: 'utf8', timeout: 5000 });
  if (error !== undefined) return undefined;
  const [, version] = /^systemd (\d+)/.exec(stdout) ?? [];
  return version === undefined ? undefined : Number(version);
}
