import { randomBytes } from 'node:crypto';
import { hmacSha256 } from '../../../scripts/consent/hmac';
import { makeState } from '../../../scripts/consent/state';
import { makeWorkplace, type Workplace } from '../../support/program';
import { firstLineOf, startProgram, type Running } from '../../support/running';
import { startXeroServer, type XeroServer } from '../../support/servers/xero-server';

/** The real `listen` over many environments of one app, and the Xero that they are connected with. */
export interface Listening {
  readonly xero: XeroServer;
  readonly place: Workplace;
  readonly program: Running;
  readonly names: readonly string[];
  /** Where it listens, path and all. */
  readonly url: string;
  /** What comes back to the callback page for an environment's link: with a code of Xero's, or one that is made up. */
  query(name: string, code: 'good' | 'invented'): string;
  /** The same of a link that somebody has forged. */
  forged(name: string): string;
  /** Asks for the page; what its title says, or the name of the error. */
  visit(query: string): Promise<Visit>;
  close(): Promise<void>;
}

interface Visit {
  readonly status: number;
  readonly title: string;
}

export interface ListeningOptions {
  readonly environments: number;
  readonly heapMb?: number;
}

export async function startListening({ environments, heapMb }: ListeningOptions): Promise<Listening> {
  const [xero, place] = [await startXeroServer(), makeWorkplace()];
  const names = Array.from({ length: environments }, (_, index) => `customer-${String(index).padStart(5, '0')}`);
  for (const name of names) place.write(name, xero.environment('web', name));
  const heap = heapMb === undefined ? {} : { NODE_OPTIONS: `--max-old-space-size=${heapMb}` };
  const program = startProgram(place.folder, ['listen', '--port', '0'], { variables: heap });
  const url = /http:\S+/.exec(await firstLineOf(program))?.[0] ?? '';
  const {
    client_id: clientId = '',
    client_secret: clientSecret = '',
    redirect_uri: redirectUri = '',
  } = place.rows(names[0] ?? '');
  const stateFor = (name: string, secret: string): string => {
    const madeAt = new Date();
    const claimed = { name, madeAt, goodUntil: new Date(madeAt.getTime() + 86_400_000), mayReplace: false };
    const app = { clientId, redirectUri, clientSecret: secret };
    return makeState(claimed, app, randomBytes(16).toString('base64url'), hmacSha256);
  };
  const inventedQuery = (state: string): string => `?code=${randomBytes(24).toString('base64url')}&state=${state}`;
  return {
    xero,
    place,
    program,
    names,
    url,
    query: (name, code) => {
      const state = stateFor(name, clientSecret);
      if (code === 'invented') return inventedQuery(state);
      const link = new URLSearchParams({ client_id: clientId, redirect_uri: redirectUri, state });
      return new URL(xero.consent(`${xero.url}/authorize?${link.toString()}`)).search;
    },
    forged: (name) => inventedQuery(stateFor(name, 'another secret that has its own length')),
    visit: (query) => visit(`${url}${query}`),
    close: async () => {
      program.signal('SIGTERM');
      await program.ended;
      await xero.close();
    },
  };
}

async function visit(address: string): Promise<Visit> {
  try {
    const response = await fetch(address);
    return { status: response.status, title: /<h1>(.*)<\/h1>/.exec(await response.text())?.[1] ?? '' };
  } catch (error) {
    return { status: 0, title: error instanceof Error ? error.message : 'no answer' };
  }
}
