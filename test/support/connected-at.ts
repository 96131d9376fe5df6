import type { SandboxControls } from './sandbox';
import type { Workplace } from './program';

/** Makes an environment and connects it, as people do: its link is made, a scripted person consents, the callback comes in. */
export async function connectAt(sandbox: SandboxControls, place: Workplace, name: string): Promise<void> {
  place.write(name, JSON.stringify(await sandbox.environment('web', name)));
  const link = await place.run(['consent', name, '--no-check']);
  const { code, stderr } = await place.run(['exchange', await sandbox.consent(link.stdout.trim())]);
  if (code !== 0) throw new Error(`${name} is not connected: ${stderr}`);
}

/** Changes rows of an environment's file. */
export function setRows(place: Workplace, name: string, rows: Readonly<Record<string, string>>): void {
  const all = { ...place.rows(name), ...rows };
  const values = Object.entries(all).map(([key, value]) => ({ key, value, type: 'default', enabled: true }));
  place.write(name, JSON.stringify({ name, values }));
}
