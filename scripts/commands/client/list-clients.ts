import type { Command } from 'commander';
import { storeOf, type Context } from '../../context';
import { isCurrent, livingSecrets, type Client } from '../../environment/client';
import { layOut } from '../../text/columns';
import { command, type Run } from '../options';
import { lineOf } from './tell';

export function define(group: Command, run: Run): void {
  command(group, 'list', 'show every client, without its secret', 'client list')
    .option('--json', 'print JSON')
    .action(({ json = false }: { json?: boolean }) => run((context) => listClients(json, context)));
}

const columns = [
  { title: 'Client', narrowest: 12, givesWay: 1 },
  { title: 'Environments', narrowest: 12, givesWay: 0 },
  { title: 'Added', narrowest: 10, givesWay: 3 },
  { title: 'Secret', narrowest: 10, givesWay: 2 },
];

/** Prints every client, sorted. */
export async function listClients(isJson: boolean, context: Context): Promise<number> {
  const { console, now } = context;
  const clients = await storeOf(context).clients().list();
  if (isJson) {
    console.print(JSON.stringify({ clients: clients.map((client) => lineOf(client, now())) }, null, 2));
  } else if (clients.length === 0) {
    console.tell('no clients\n  → add one: npx evergrant client add reports --all');
  } else {
    const rows = clients.map((client) => cellsOf(client, now()));
    for (const cells of layOut(columns, rows, console.columns() ?? Infinity)) console.print(cells.join('  ').trimEnd());
  }
  return 0;
}

function cellsOf(client: Client, now: Date): string[] {
  const { id, environments, createdAt, expiresAt } = client;
  return [id, environments?.join(', ') ?? 'all', dayOf(createdAt), secretCell(client, expiresAt, now)];
}

function secretCell(client: Client, expiresAt: Date | null, now: Date): string {
  if (!isCurrent(client, now)) return `expired on ${dayOf(expiresAt ?? now)}`;
  const old = livingSecrets(client, now).find(({ endsAt }) => endsAt !== null);
  const until = expiresAt === null ? 'good' : `good until ${dayOf(expiresAt)}`;
  return old?.endsAt ? `${until}; the one before until ${minuteOf(old.endsAt)}` : until;
}

function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}

function minuteOf(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
