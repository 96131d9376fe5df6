import type { DotEnvFile } from '../environment/files/dotenv';
import type { DoctorFinding } from './diagnosis';

/** What is wrong with the `.env` files that are used: they hold secrets. */
export function diagnoseDotEnv(files: readonly DotEnvFile[]): DoctorFinding[] {
  return files.flatMap(({ file, closedBy }): DoctorFinding[] =>
    closedBy === undefined
      ? []
      : [{ kind: 'warning', code: 'readable_dotenv', problem: `other users can read ${file}`, mend: closedBy }],
  );
}

/** Which settings come from which file. */
export function formatDotEnv({ file, names }: DotEnvFile): string {
  return names.length === 0 ? `${file} sets nothing that is used` : `${names.join(', ')}: from ${file}`;
}
