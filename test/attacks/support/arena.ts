import fs from 'node:fs';
import { leaksIn } from '../../support/leak-search';
import { makeWorkplace, type Workplace } from '../../support/program';
import { startXeroServer, type XeroServer } from '../../support/servers/xero-server';
import { count, type AttackResult } from '../attack';

/** A server in Xero's place, and a folder of environments for the real program to be attacked in. */
export interface Arena {
  readonly xero: XeroServer;
  readonly place: Workplace;
}

/** Every attack has an arena of its own. */
export async function inArena(play: (arena: Arena) => Promise<void>): Promise<void> {
  const xero = await startXeroServer();
  const place = makeWorkplace();
  try {
    await play({ xero, place });
  } finally {
    await xero.close();
    fs.rmSync(place.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Writes a connected environment; returns its rows. */
export function connected(
  { xero, place }: Arena,
  name: string,
  rows: Readonly<Record<string, string>> = {},
): Record<string, string> {
  place.write(name, xero.environment('web', name, { ...xero.connectedRows(), ...rows }));
  return place.rows(name);
}

/** Counts each secret of the server's that a text holds. */
export function countLeaks(result: AttackResult, text: string, { xero }: Arena, where: string): void {
  for (const { encoding } of leaksIn(text, xero.secrets))
    count(result, 'leaked', `${where} shows a secret ${encoding}`);
}

/** Counts a connection whose token the server would not take any more, once nothing is forgiven that was used before. */
export function countLost(result: AttackResult, { xero, place }: Arena, name: string, where: string): void {
  xero.endGrace();
  if (!xero.accepts(place.rows(name)['refresh_token'] ?? '')) count(result, 'lost', `${name} after ${where}`);
}

/** Notes what should be and isn't. */
export function expectThat(result: AttackResult, isSo: boolean, failure: string): void {
  if (!isSo) result.failures.push(failure);
}

/** Some of the items, by the dice; all of them in the long form. */
export function chosen<T>(items: readonly T[], most: number, scale: 'short' | 'long', random: () => number): T[] {
  if (scale === 'long' || items.length <= most) return [...items];
  return items
    .map((item) => ({ item, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .slice(0, most)
    .map(({ item }) => item);
}
