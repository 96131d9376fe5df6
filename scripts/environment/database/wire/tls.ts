import fs from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { invalid, systemCode } from '../../../errors';
import type { Settings } from '../url';

/** What node-postgres is told of TLS, as libpq understands `sslmode`; false for none, as over a socket file. @throws Failure `invalid` */
export function tlsOf({ host = '', sslmode = 'disable', ...files }: Settings): ConnectionOptions | false {
  if (sslmode === 'disable' || host.startsWith('/')) return false;
  const named = { ca: 'sslrootcert', cert: 'sslcert', key: 'sslkey' } as const;
  const texts = Object.entries(named).flatMap(([option, setting]) => {
    const file = files[setting];
    return file === undefined ? [] : [[option, textOf(file, setting)] as const];
  });
  const options: ConnectionOptions = Object.fromEntries(texts);
  if (sslmode === 'verify-full') return options;
  const isVerified = sslmode === 'verify-ca' || (sslmode === 'require' && options.ca !== undefined);
  return isVerified ? { ...options, checkServerIdentity: () => undefined } : { ...options, rejectUnauthorized: false };
}

function textOf(file: string, setting: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    const problem = `cannot read ${file}, which ${setting} names (${systemCode(error) ?? 'unknown'})`;
    throw invalid('bad_store', problem, 'let this user read it, or name another', error);
  }
}
