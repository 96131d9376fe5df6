import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { ClientConfig } from 'pg';
import { invalid, systemCode } from '../../../errors';
import { readGiven } from '../../../given-file';
import { pg } from '../node-postgres';
import type { Settings } from '../url';

/** What node-postgres is told of TLS, as libpq understands `sslmode`; false for none, as over a socket file. @throws Failure `invalid` */
export function tlsOf({ host = '', sslmode = 'prefer', ...files }: Settings): ConnectionOptions | false {
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

const mostBytes = 1024 * 1024;

function textOf(file: string, setting: string): string {
  try {
    return readGiven(file, mostBytes).toString('utf8');
  } catch (error) {
    const problem = `cannot read ${file}, which ${setting} names (${systemCode(error) ?? 'unknown'})`;
    throw invalid('bad_store', problem, 'let this user read it, or name another', error);
  }
}

/** Whether a connection without TLS is as good as one with it: libpq's own mode, where none is named. */
export function isWithoutTlsToo({ sslmode = 'prefer' }: Settings): boolean {
  return sslmode === 'prefer' || sslmode === 'allow';
}

/** A connection of node-postgres, which has no types of its own for it. */
interface Wire extends NodeJS.EventEmitter {
  readonly stream: Socket;
  attachListeners(stream: Socket): void;
}

/** Where the server speaks no TLS, goes on without it on the same connection, as libpq does; node-postgres would give up. */
export class PreferringClient extends pg.Client {
  constructor(config?: ClientConfig) {
    super(config);
    const wire = (this as unknown as { readonly connection: Wire }).connection; // not among the types
    wire.once('connect', () => {
      if (!this.ssl) return;
      const [judge] = wire.stream.listeners('data');
      wire.stream.removeAllListeners('data');
      wire.stream.once('data', (answer: Buffer) => {
        if (String(answer) !== 'N') return void judge?.(answer);
        wire.attachListeners(wire.stream);
        wire.emit('sslconnect');
      });
    });
  }
}
