import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { invalid, quoted, systemCode } from '../../errors';
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

type Settings = Readonly<Partial<Record<keyof typeof variables, string>>>;

/** How node-postgres reaches a database. */
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
  return { url: urlOf(withHost), password: settings.password ?? '', where: placeOf(withHost) };
}

/** Whether a text can name a database; what it leaves out may be said on another machine. @throws Failure `invalid` */
export function checkUrl(text: string): void {
  settingsIn(text);
}

function settingsIn(text: string): Settings {
  const url = /^postgres(ql)?:\/\//i.test(text) ? parsed(text) : undefined;
  if (url === undefined) {
    const hint = 'write it as postgres://host/database; for files, leave EVERGRANT_STORE out';
    throw invalid('bad_store', 'the store is no URL of a PostgreSQL database', hint);
  }
  const others = Object.fromEntries([...url.searchParams].filter(([key]) => key in variables));
  const stranger = [...url.searchParams.keys()].find((key) => !(key in variables));
  if (stranger !== undefined) {
    const known = Object.keys(variables).join(', ');
    throw invalid(
      'bad_store',
      `the store's URL has ${quoted(stranger)}, which has no effect here`,
      `it takes ${known}`,
    );
  }
  const parts: Settings = {
    host: url.hostname === noHost ? '' : decodeURIComponent(url.hostname.replace(/^\[(.+)\]$/, '$1')),
    port: url.port,
    dbname: decodeURIComponent(url.pathname.slice(1)),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  };
  const filled = Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== ''));
  const settings = { ...filled, ...others } as Settings; // both have keys of the table only
  if (settings.host?.includes(',') !== true) return settings;
  throw invalid('bad_store', "the store's URL names several hosts", 'name one: the one that follows the primary');
}

/** What stands for a host that is left out behind a user, which a WHATWG URL may not have, and PostgreSQL's may. */
const noHost = '.';

/** Undefined for a text that is no URL; its error would repeat the password. */
function parsed(text: string): URL | undefined {
  try {
    const url = new URL(text.replace(/^([^/]*\/\/[^/?#]*@)(?=[/?#]|$)/, `$1${noHost}`));
    decodeURIComponent(`${url.hostname}${url.pathname}${url.username}${url.password}`); // throws for a lonely %
    return url;
  } catch {
    return undefined;
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

function textOf(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
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

/** A URL for node-postgres, which gives these parameters the meaning that libpq does. */
function urlOf({ dbname = '', service: _, ...others }: Settings): string {
  const url = new URL(`postgres:///${encodeURIComponent(dbname)}`);
  for (const [key, value] of Object.entries(others)) url.searchParams.set(key, value);
  url.searchParams.set('uselibpqcompat', 'true');
  return url.href;
}

function placeOf({ host = '', port = '', dbname = '', user = '' }: Settings): string {
  const server = host.startsWith('/') ? 'the local server' : host;
  const shownPort = port === '' || port === '5432' ? '' : `:${port}`;
  return `${server}${shownPort}/${dbname || user || os.userInfo().username}`;
}
