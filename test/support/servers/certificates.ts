import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/** What a TLS server is started with. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

export interface Authority {
  /** The file of the CA's own certificate, for NODE_EXTRA_CA_CERTS. */
  readonly file: string;
  /** A server's certificate for these names, signed by the CA; valid for this many days; with 0 it has already ended. */
  issue(names: readonly string[], days?: number): Certificate;
  /** One that nobody has signed but its owner. */
  selfSigned(names: readonly string[]): Certificate;
}

/** A certificate authority that no machine knows, made by openssl in a folder. */
export function makeAuthority(folder: string): Authority {
  let count = 0;
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const read = (name: string): Certificate => ({
    key: fs.readFileSync(path.join(folder, `${name}.key`), 'utf8'),
    cert: fs.readFileSync(path.join(folder, `${name}.crt`), 'utf8'),
  });
  const files = (name: string): string[] => ['-keyout', `${name}.key`, '-out', `${name}.crt`];
  openssl('req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=A CA of nobody', ...files('ca'));
  return {
    file: path.join(folder, 'ca.crt'),
    issue: (names, days = 2) => {
      const name = `server-${count++}`;
      fs.writeFileSync(path.join(folder, `${name}.ext`), `subjectAltName=${altNames(names)}\n`);
      openssl('req', ...newKey, '-subj', `/CN=${names[0]}`, '-keyout', `${name}.key`, '-out', `${name}.csr`);
      const by = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', String(days)];
      openssl('x509', '-req', '-in', `${name}.csr`, ...by, '-extfile', `${name}.ext`, '-out', `${name}.crt`);
      return read(name);
    },
    selfSigned: (names) => {
      const name = `self-${count++}`;
      const subject = ['-subj', `/CN=${names[0]}`, '-addext', `subjectAltName=${altNames(names)}`];
      openssl('req', '-x509', ...newKey, '-days', '2', ...subject, ...files(name));
      return read(name);
    },
  };
}

function altNames(names: readonly string[]): string {
  return names.map((name) => (/^[\d.]+$/.test(name) ? `IP:${name}` : `DNS:${name}`)).join(',');
}
