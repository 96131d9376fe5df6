import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { invalid, quoted, systemCode } from '../../errors';
import { readGiven } from '../../given-file';
import type { EnvVariables } from '../env-names';

/** What libpq calls its settings, and the variable that each is taken from (PostgreSQL's manual, 34.15). */
const variables = {
  host: 'PGHOST',
  port: 'PGPORT',
  dbname: 'PGDATABASE',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  application_name: 'PGAPPNAME',
  service: 'PGSERVICE',
} as const;

/** What libpq calls them. */
export type Settings = Readonly<Partial<Record<keyof typeof variables, string>>>;

/** How a database is reached. */
export interface DatabaseUrl {
  /** With everything that it takes, the password too. */
  readonly url: string;
  /** '' where there is none, or it is in a password file. */
  readonly password: string;
  /** The place as a person would name it: host and database. */
  readonly where: string;
}

/**
 * The database that a URL names. As for psql, what the URL leaves out is taken from the service that it or PGSERVICE
 * names, then from libpq's variables.
 * @throws Failure `invalid`
 */
export function connectionTo(text: string, env: EnvVariables): DatabaseUrl {
  const given = settingsIn(text);
  const fromEnv = Object.fromEntries(
    Object.entries(variables).flatMap(([key, name]) => ((env[name] ?? '') === '' ? [] : [[key, env[name]]])),
  ) as Settings; // the keys are those of the table
  const service = given.service ?? fromEnv.service;
  const settings: Settings = {
    ...fromEnv,
    ...(service === undefined ? {} : settingsOfService(service, env)),
    ...given,
  };
  const withHost = { host: usualHost(), ...settings };
  checkValues(withHost);
  if (withHost.sslmode === 'verify-ca' && withHost.sslrootcert === undefined) {
    const hint = 'add &sslrootcert=FILE to its URL, or set PGSSLROOTCERT; without such a file: sslmode=verify-full';
    throw invalid(
      'bad_store',
      "sslmode=verify-ca needs sslrootcert, the certificate of the database's authority",
      hint,
    );
  }
  return { url: urlOf(withHost), password: settings.password ?? '', where: placeOf(withHost) };
}

/** Whether a text can name a database; what it leaves out may be said on another machine. @throws Failure `invalid` */
export function checkUrl(text: string): void {
  checkValues(settingsIn(text));
}

/** User and password, host, port, database and parameters. Whatever has a meaning in a URL is encoded within them. */
const shape =
  /^postgres(?:ql)?:\/\/(?:([^:/?#@]*)(?::([^/?#@]*))?@)?(?:\[([^[\]/?#@]*)\]|([^:[\]/?#@]*))(?::(\d*))?(?:\/([^/?#@]*))?(?:\?([^#@]*))?$/i;

/** The settings in a URL, by its very text: what a password may be part of is never taken for a host. @throws Failure `invalid` */
export function settingsIn(text: string): Settings {
  if (!/^postgres(ql)?:\/\//i.test(text)) {
    const hint = 'write it as postgres://host/database; for files, leave EVERGRANT_STORE out';
    throw invalid('bad_store', 'the store is no URL of a PostgreSQL database', hint);
  }
  const [, user, password, address, host, port, dbname, query = ''] = shape.exec(text) ?? refuseText();
  const parts = { user, password, host: address ?? host, port, dbname };
  const pairs = [...Object.entries(parts), ...query.split('&').map(parameter)];
  return Object.fromEntries(pairs.flatMap(([key, value = '']) => (value === '' ? [] : [[key, decoded(value)]]))); // parameters are of the table, too
}

/** @throws Failure `invalid` for one that has no effect; what follows a password may be a part of it, with a bare & */
function parameter(text: string, _at: number, all: readonly string[]): [key: string, value: string] {
  const [key = '', ...values] = text.split('=');
  if (text === '' || Object.hasOwn(variables, key)) return [key, values.join('=')];
  const known = Object.keys(variables).join(', ');
  const shown = all.some((one) => one.startsWith('password=')) ? 'a parameter' : quoted(key);
  throw invalid('bad_store', `the store's URL has ${shown}, which has no effect here`, `it takes ${known}`);
}

function decoded(value: string): string {
  try {
    const text = decodeURIComponent(value);
    return text.includes('\0') ? refuseText() : text;
  } catch {
    return refuseText(); // the error would repeat the value
  }
}

function refuseText(): never {
  const hint =
    'percent-encode the user, the password and the database in it: / as %2F, @ as %40, # as %23, ? as %3F, : as %3A, % as %25';
  throw invalid('bad_store', "the store's URL has a character that means something else where it stands", hint);
}

const sslmodes: readonly string[] = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];

/** @throws Failure `invalid` */
function checkValues({ host = '', port = '1', sslmode = 'prefer' }: Settings): void {
  if (host.includes(',')) {
    throw invalid('bad_store', "the store's URL names several hosts", 'name one: the one that follows the primary');
  }
  if (!/^\d+$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
    throw invalid('bad_store', "the store's port is none", 'set a number from 1 to 65535, in its URL or in PGPORT');
  }
  if (!sslmodes.includes(sslmode)) {
    throw invalid('bad_store', "the store's sslmode is none", `it is one of ${sslmodes.join(', ')}`);
  }
}

/** The settings of a service, from the user's file or the system's (PostgreSQL's manual, 34.17). @throws Failure `invalid` */
function settingsOfService(service: string, env: EnvVariables): Settings {
  const own = env['PGSERVICEFILE'] ?? path.join(env['HOME'] ?? os.homedir(), '.pg_service.conf');
  const files = [own, path.join(env['PGSYSCONFDIR'] ?? '/etc/postgresql-common', 'pg_service.conf')];
  for (const file of files) {
    const settings = sectionIn(textOf(file), service);
    if (settings !== undefined) return settings;
  }
  const hint = `add [${service}] with its host and dbname to ${own}`;
  throw invalid('bad_store', `no service ${quoted(service)} is in ${files.join(' or ')}`, hint);
}

const mostServiceBytes = 1024 * 1024;

function textOf(file: string): string {
  try {
    return readGiven(file, mostServiceBytes).toString('utf8');
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined || code === 'ENOENT' || code === 'ENOTDIR') return '';
    throw invalid('bad_store', `cannot read ${file} (${code})`, 'let this user read it', error);
  }
}

/** Lines of `key=value` below `[service]`, up to the next service; undefined where there is no such service. */
function sectionIn(text: string, service: string): Settings | undefined {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const start = lines.indexOf(`[${service}]`);
  if (start < 0) return undefined;
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => line.startsWith('['));
  const pairs = (end < 0 ? rest : rest.slice(0, end))
    .filter((line) => line.includes('=') && !line.startsWith('#'))
    .map((line) => [line.slice(0, line.indexOf('=')).trim(), line.slice(line.indexOf('=') + 1).trim()] as const);
  return Object.fromEntries(pairs.filter(([key]) => key in variables && key !== 'service'));
}

/** Debian's socket where there is one, as for psql. */
function usualHost(): string {
  const socket = '/var/run/postgresql';
  return fs.existsSync(socket) ? socket : 'localhost';
}

/** Everything in parameters: a path can't name the database "." and a host can't be a folder. */
function urlOf({ service: _, ...others }: Settings): string {
  return `postgres:///?${Object.entries(others)
    .map(([key, value]) => `${key}=${encodeURIComponent(value)}`)
    .join('&')}`;
}

function placeOf({ host = '', port = '', dbname = '', user = '' }: Settings): string {
  const server = host.startsWith('/') ? 'the local server' : host.includes(':') ? `[${host}]` : host;
  const shownPort = port === '' || port === '5432' ? '' : `:${port}`;
  return `${server}${shownPort}/${dbname || user || os.userInfo().username}`;
}
