import { keyVariables } from '../sealing/key-source';
import type { Environment } from '../environment/environment';
import { isAnyUnsealed } from '../environment/sealed';
import type { DotEnvFile } from '../environment/files/dotenv';
import type { DoctorFinding } from './diagnosis';

/** What `doctor` knows of a store whose secrets are sealed. */
export interface SealedFacts {
  /** What keeps this process from opening and sealing; undefined where nothing does. */
  readonly lack: Pick<DoctorFinding, 'code' | 'problem' | 'mend'> | undefined;
  /** How to take the key file from other users who can read it; undefined where none can. */
  readonly closedBy: { readonly file: string; readonly command: string } | undefined;
  readonly isKeyInVariable: boolean;
  readonly hasEscrow: boolean;
}

/** The codes of a key that is missing, wrong, or not whole: one cause for all environments. */
const keyCodes = ['no_key', 'bad_key', 'wrong_key', 'no_access_key', 'access_key_only'];

/** The findings; where the process can't open what is sealed, without those that say so, which is said once for all. */
export function exceptKey(findings: readonly DoctorFinding[], canOpen: boolean): DoctorFinding[] {
  return findings.filter(({ code }) => canOpen || !keyCodes.includes(code));
}

/** What is wrong with the key of a sealed store. */
export function diagnoseSealing({ lack, closedBy, isKeyInVariable, hasEscrow }: SealedFacts): DoctorFinding[] {
  const findings: DoctorFinding[] = [];
  if (lack !== undefined) findings.push({ kind: lack.code === 'access_key_only' ? 'warning' : 'invalid', ...lack });
  if (closedBy !== undefined) {
    const problem = `other users can read the key in ${closedBy.file}`;
    findings.push({ kind: 'invalid', code: 'readable_key', problem, mend: closedBy.command });
  }
  if (isKeyInVariable) {
    const problem = `the key is in ${keyVariables.key}, where other processes of this user can see it`;
    const mend = `put it into a file for this user alone, and name that: ${keyVariables.file}=FILE`;
    findings.push({ kind: 'warning', code: 'key_in_variable', problem, mend });
  }
  if (!hasEscrow) {
    const problem = 'the key is not in escrow: when it is lost, each customer must consent again';
    const mend =
      'a public key that age-keygen has made on another machine: npx evergrant key rotate --escrow PUBLIC_KEY';
    findings.push({ kind: 'warning', code: 'no_escrow', problem, mend });
  }
  return findings;
}

/** Secrets that stand as plain text where the store seals them. */
export function diagnoseUnsealed(environment: Environment): DoctorFinding[] {
  const isWanted = environment.sealing?.()?.seals(environment.name) === true;
  if (!isWanted || !isAnyUnsealed(environment)) return [];
  const problem = 'secrets in it are not sealed, and others here are';
  return [{ kind: 'warning', code: 'unsealed', problem, mend: 'npx evergrant key reseal' }];
}

/** What is written into `.env` in vain: these are read from the process alone. */
export function diagnoseKeyInDotEnv(files: readonly DotEnvFile[]): DoctorFinding[] {
  return files.flatMap(({ file, ignored }) =>
    ignored.map((name): DoctorFinding => {
      const problem = `${name} in ${file} is ignored: it is read from the process alone`;
      const mend = `take it out, and put the key into a file: ${keyVariables.file}=FILE`;
      return { kind: 'warning', code: 'key_in_dotenv', problem, mend };
    }),
  );
}
