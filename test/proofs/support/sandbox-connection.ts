import fs from 'node:fs';
import type { Workplace } from '../../support/program';
import type { SandboxProcess } from '../../support/sandbox';

type Rows = Readonly<Record<string, string>>;

/** Connects an environment with an app of its own to the sandbox, as people do: link, consent, exchange. */
export async function connect(sandbox: SandboxProcess, place: Workplace, name: string): Promise<void> {
  const { clientId } = await sandbox.app({ appType: 'web' });
  place.write(name, JSON.stringify(await sandbox.environment('web', name, clientId), null, 2));
  const link = await place.run(['consent', name]);
  const callbackUrl = await sandbox.consent(link.stdout.trim());
  const exchanged = await place.run(['exchange', name], { input: callbackUrl });
  if (exchanged.code !== 0) throw new Error(`${name} could not be connected: ${link.stderr}${exchanged.stderr}`);
}

/** Sets rows of an environment as a person with an editor would. */
export function setRows(file: string, rows: Rows): void {
  const environment = JSON.parse(fs.readFileSync(file, 'utf8')) as { values: { key: string; value: string }[] };
  for (const row of environment.values) row.value = rows[row.key] ?? row.value;
  fs.writeFileSync(file, JSON.stringify(environment, null, 2));
}
