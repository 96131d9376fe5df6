import { createSecureContext } from 'node:tls';
import { invalid, systemCode } from '../errors';
import { readGiven } from '../given-file';

/** A certificate with its chain, and its key, in PEM. */
export interface Pem {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Where they are. */
export interface PemFiles {
  readonly cert: string;
  readonly key: string;
}

/** A certificate that servers speak by, and that may be renewed while they do: connections that are there keep the old one. */
export class LiveCertificate {
  private readonly takers: ((pem: Pem) => void)[] = [];

  private constructor(
    private readonly files: PemFiles,
    private pem: Pem,
  ) {}

  /** @throws Failure `invalid` for files that can't be read, or are no certificate with its key */
  static read(files: PemFiles): LiveCertificate {
    return new LiveCertificate(files, readPem(files));
  }

  /** Hands over the certificate, now and whenever there is another. */
  give(take: (pem: Pem) => void): void {
    this.takers.push(take);
    take(this.pem);
  }

  /**
   * Reads the files again, and returns whether they had another certificate, which all servers have then.
   * @throws Failure `invalid` as {@link read}; the servers then keep the one they have
   */
  renew(): boolean {
    const pem = readPem(this.files);
    if (pem.cert.equals(this.pem.cert) && pem.key.equals(this.pem.key)) return false;
    this.pem = pem;
    for (const take of this.takers) take(pem);
    return true;
  }
}

function readPem(files: PemFiles): Pem {
  const pem = { cert: readFile(files.cert), key: readFile(files.key) };
  try {
    createSecureContext(pem);
    return pem;
  } catch (error) {
    const message = `${files.cert} and ${files.key} are no certificate and its key`;
    throw invalid('bad_certificate', message, 'name files in PEM, of which the key has no passphrase', error);
  }
}

const mostBytes = 1024 * 1024;

function readFile(file: string): Buffer {
  try {
    return readGiven(file, mostBytes);
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    throw invalid(
      'no_certificate',
      `cannot read ${file} (${code})`,
      'name a file in PEM that this user can read',
      error,
    );
  }
}
