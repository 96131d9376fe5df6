import type { ClientRegistry } from '../../../../scripts/environment/store';
import type * as Clients from '../../../../scripts/environment/client';
import type * as Desk from '../../../../scripts/serve/client-desk';
import { built } from '../built';
import type { Findings } from '../proof';
import { medianOf } from './warm';

const rounds = 20_000;
/** Medians of the two may differ by this share: less than what a network adds by chance. */
const mostDifference = 0.25;

/** Whether a wrong id can be told from a wrong secret by the time that it takes. They are tried in turn, many times. */
export async function timingOfRefusals(): Promise<Findings> {
  const { secretHash, newClientSecret } = built<typeof Clients>('environment/client');
  const { clientDesk } = built<typeof Desk>('serve/client-desk');
  const createdAt = new Date();
  const secrets = [{ hash: secretHash(newClientSecret()), createdAt, endsAt: null }];
  const client = { id: 'reports', environments: null, createdAt, expiresAt: null, secrets };
  const registry: ClientRegistry = {
    where: 'memory',
    version: () => 'same',
    list: async () => [client],
    change: () => Promise.reject(new Error('nothing changes here')),
  };
  const desk = clientDesk(registry, () => createdAt);
  const times = { id: [] as number[], secret: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    const secret = newClientSecret();
    times.id.push(await timeOf(() => desk.authenticate({ id: 'nobodys', secret })));
    times.secret.push(await timeOf(() => desk.authenticate({ id: 'reports', secret })));
  }
  const [id, wrong] = [medianOf(times.id), medianOf(times.secret)];
  const isAlike = Math.abs(id - wrong) / Math.max(id, wrong) <= mostDifference;
  return {
    figures: { 'microseconds for a wrong id': id.toFixed(1), 'for a wrong secret': wrong.toFixed(1) },
    failures: isAlike ? [] : [`a wrong id takes ${id} µs, a wrong secret ${wrong} µs`],
  };
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) * 1000;
}
