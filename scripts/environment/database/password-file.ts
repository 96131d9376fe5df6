import { invalid } from '../../errors';

/** Whom a password is for. */
export interface Login {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/** The package has no types of its own; it reads PGPASSFILE or ~/.pgpass, and says on stderr when others may read that. */
type ReadPassword = (login: Login, done: (password: string | undefined) => void) => void;

/**
 * The password for a login from the password file (PostgreSQL's manual, 34.16), where nothing else gave one and the server asks
 * for it. node-postgres would look there by itself, but warns each time that a later version won't. It is kept among the
 * secrets, so that nothing prints it.
 * @throws Failure `invalid` where the file has none, or is not there
 */
export async function passwordInFile(login: Login, where: string, secrets: Set<string>): Promise<string> {
  const read = require('pgpass') as ReadPassword;
  const password = await new Promise<string | undefined>((resolve) => read(login, resolve));
  if (password === undefined || password === '') {
    const hint =
      'set PGPASSWORD in .env or the process, or add a line to ~/.pgpass, mode 0600: host:port:database:user:password';
    throw invalid('no_password', `${where} asks for a password, and there is none`, hint);
  }
  secrets.add(password);
  return password;
}
