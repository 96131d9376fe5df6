import { Option, type Command } from 'commander';
import { storeOf, type Context } from '../../context';
import { clientOf, isCurrent, newClientSecret, secretHash, withNewSecret, type Client } from '../../environment/client';
import { invalid, type Failure } from '../../errors';
import { formatDuration, parseDuration } from '../../text/duration';
import { command, duration, type Run } from '../options';
import { tellSecret, waitMs } from './tell';

export interface RotateClientCommand {
  readonly id: string;
  /** How long the secret that it had lives on. */
  readonly overlapMs: number;
  /** From now; null: as it was. */
  readonly livesMs: number | null;
  readonly isJson: boolean;
}

export function define(group: Command, run: Run): void {
  command(group, 'rotate <client>', 'give a client another secret, and print it this once', 'client rotate reports')
    .addOption(duration('--overlap <duration>', 'how long the secret that it had lives on; 0s: not at all', '24h'))
    .addOption(new Option('--expires <duration>', 'refuse it after this time, as in 90d').argParser(parseDuration))
    .option('--json', 'print JSON')
    .action((id: string, { overlap, expires, json = false }: RotateFlags) =>
      run((context) => rotateClient({ id, overlapMs: overlap, livesMs: expires ?? null, isJson: json }, context)),
    );
}

interface RotateFlags {
  readonly overlap: number;
  readonly expires?: number;
  readonly json?: boolean;
}

/** Gives a client another secret; the one before lives on for a while, any older one ends. @throws Failure `invalid` */
export async function rotateClient(options: RotateClientCommand, context: Context): Promise<number> {
  const { id, overlapMs, livesMs, isJson } = options;
  const [now, secret] = [context.now(), newClientSecret()];
  let rotated: readonly Client[] = [];
  const rotate = (clients: readonly Client[]): readonly Client[] => {
    const known = clientOf(clients, id);
    const client = livesMs === null ? known : { ...known, expiresAt: new Date(now.getTime() + livesMs) };
    if (!isCurrent(client, now)) throw expired(client);
    const others = clients.map((one) => (one === known ? client : one));
    return (rotated = withNewSecret(others, id, { hash: secretHash(secret), now, overlapMs }));
  };
  await storeOf(context).clients().change(rotate, waitMs);
  tellSecret(clientOf(rotated, id), secret, isJson, context);
  if (overlapMs > 0) context.console.tell(`the secret that it had is good for another ${formatDuration(overlapMs)}`);
  return 0;
}

function expired({ id }: Client): Failure {
  const hint = `say how long it is to live from now: npx evergrant client rotate ${id} --expires 90d`;
  return invalid('client_expired', `the client ${id} has expired, so a new secret would be of no use`, hint);
}
