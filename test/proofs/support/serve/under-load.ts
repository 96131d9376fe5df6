import fs from 'node:fs';
import { startServing, type Serving } from '../../../serve/support/serving';
import { startXeroServer, type XeroServer } from '../../../support/servers/xero-server';
import { diceFrom } from '../dice';
import type { Findings } from '../proof';
import { canaries } from './canaries';
import { killsUnderLoad } from './kills';
import { timingOfRefusals } from './timing';
import { playWarm } from './warm';

export interface ServeLoadOptions {
  readonly environments: number;
  readonly askers: number;
  /** How many warm tokens are asked for. */
  readonly warm: number;
  readonly kills: number;
  readonly seed: number;
}

const own = { 'x-evergrant': '1' };
const past = new Date(Date.now() - 60_000).toISOString();

/** Each part is played with a server of its own, over its unix socket. */
export async function serveUnderLoad(options: ServeLoadOptions): Promise<Findings> {
  const parts = [
    await crowd(options),
    await warm(options),
    await kills(options),
    await timingOfRefusals(),
    await canaries(),
  ];
  return {
    figures: Object.assign({}, ...parts.map(({ figures }) => figures)) as Findings['figures'],
    failures: parts.flatMap(({ failures }) => failures),
  };
}

function named(count: number, rows: Readonly<Record<string, string>>): Record<string, typeof rows> {
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [`customer-${at}`, rows]));
}

async function played<T>(xero: XeroServer, serving: Serving, play: () => Promise<T>): Promise<T> {
  try {
    return await play();
  } finally {
    await serving.stop();
    await xero.close();
    fs.rmSync(serving.place.folder, { recursive: true });
  }
}

/** Many ask at once for environments that are all due. */
async function crowd({ environments, askers }: ServeLoadOptions): Promise<Findings> {
  const xero = await startXeroServer();
  const serving = await startServing(xero, named(environments, { access_token_expires_at: past }));
  return await played(xero, serving, async () => {
    const startedAt = performance.now();
    const asked = Array.from({ length: askers }, async (_, at) => {
      const name = `customer-${at % environments}`;
      const { status, json } = await serving.ask(`/v1/environments/${name}/token`, { headers: own });
      return status === 200 && json?.['access_token'] === serving.place.rows(name)['access_token'];
    });
    const good = (await Promise.all(asked)).filter(Boolean).length;
    const seconds = (performance.now() - startedAt) / 1000;
    const redemptions = xero.redemptions();
    return {
      figures: {
        'redemptions for the crowd': redemptions,
        'answers to the crowd': good,
        'seconds for the crowd': seconds.toFixed(1),
      },
      failures: [
        ...(good === askers ? [] : [`${askers - good} of the crowd were not given their token`]),
        ...(redemptions === environments ? [] : [`the crowd cost ${redemptions} redemptions`]),
      ],
    };
  });
}

async function warm({ warm: requests }: ServeLoadOptions): Promise<Findings> {
  const xero = await startXeroServer();
  const serving = await startServing(xero, named(10, {}));
  return await played(xero, serving, () => playWarm(serving, requests));
}

async function kills({ kills: count, seed }: ServeLoadOptions): Promise<Findings> {
  const xero = await startXeroServer({ lifetimeSeconds: 1501 }); // with 25 minutes of validity, due after a second
  const serving = await startServing(xero, named(6, { access_token_expires_at: past }));
  return await killsUnderLoad(xero, serving, count, diceFrom(seed));
}
