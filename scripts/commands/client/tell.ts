import { livingSecrets, type Client } from '../../environment/client';
import type { Context } from '../../context';

/** How long another process may change the list of clients: that takes milliseconds. */
export const waitMs = 10_000;

/** One client of `--json`. */
export interface ClientLine {
  readonly clientId: string;
  readonly environments: readonly string[] | 'all';
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  /** The secrets that are alive, by their times alone. */
  readonly secrets: readonly { readonly createdAt: Date; readonly endsAt: Date | null }[];
}

export function lineOf(client: Client, now: Date): ClientLine {
  const { id, environments, createdAt, expiresAt } = client;
  const secrets = livingSecrets(client, now).map((secret) => ({ createdAt: secret.createdAt, endsAt: secret.endsAt }));
  return { clientId: id, environments: environments ?? 'all', createdAt, expiresAt, secrets };
}

/** Shows a client's new secret, which nobody can show again. */
export function tellSecret(client: Client, secret: string, isJson: boolean, { console, now }: Context): void {
  if (isJson) {
    const line = { ...lineOf(client, now()), clientSecret: secret };
    console.disclose(JSON.stringify({ clients: [line] }, null, 2));
  } else {
    console.disclose(`client_id: ${client.id}`);
    console.disclose(`client_secret: ${secret}`);
  }
  console.tell('the secret is shown this once: only its SHA-256 is kept');
}
