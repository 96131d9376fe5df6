import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { playScenario } from '../../../scripts/qa/play/play-scenario';
import type { QaScenario } from '../../../scripts/qa/play/read-scenarios';
import { notRun, resultOf, type QaRun } from '../../../scripts/qa/play/result';
import type { ScenarioResult } from '../../../scripts/report/result';

/** One request to a server that says all it is told again: `x-said` and the body. */
interface PlayStep {
  readonly name: string;
  readonly address?: string;
  readonly said?: string;
  readonly body?: string;
  /** JavaScript, before the request. */
  readonly before?: string;
  /** JavaScript, after the answer. */
  readonly test?: string;
}

export interface Play {
  readonly id: string;
  readonly title: string;
  readonly description?: string;
  readonly rows?: QaScenario['rows'];
  readonly steps: readonly PlayStep[];
  readonly isLeftOut?: true;
}

/** A run of these scenarios, as Newman really played them; a scenario takes 1234 ms. */
export async function playAll(plays: readonly Play[], seed = '42'): Promise<QaRun> {
  const server = await startEcho();
  const { port } = server.address() as AddressInfo; // it listens to a port
  const [results, played]: [ScenarioResult[], QaRun['played'][number][]] = [[], []];
  for (const play of plays) {
    const scenario = scenarioOf(play);
    if (play.isLeftOut) results.push(notRun(scenario));
    else {
      const variables = { url: `http://localhost:${port}` };
      const { steps, summaries } = await playScenario(scenario, { variables });
      results.push(resultOf(scenario, steps, 1234));
      played.push(...summaries.map((summary) => ({ id: play.id, summary })));
    }
  }
  server.close();
  return { seed, startedAt: new Date('2026-11-22T10:00:00Z'), durationMs: 83_210, results, played };
}

async function startEcho(): Promise<Server> {
  const server = createServer((request, response) => {
    const said = request.headers['x-said'];
    if (typeof said === 'string') response.setHeader('x-said', said);
    response.setHeader('content-type', request.headers['content-type'] ?? 'text/plain');
    request.pipe(response);
  });
  await once(server.listen(0, 'localhost'), 'listening');
  return server;
}

function scenarioOf({ id, title, description = '', rows, steps }: Play): QaScenario {
  const item = steps.map((step) => ({ name: step.name, request: requestOf(step), event: eventsOf(step) }));
  const info = { name: 'played', schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json' };
  const folder = { name: `${id} ${title}`, description, item };
  const collection = { info, item: [folder] } as unknown as QaScenario['collection']; // what Newman wants of one
  return { id, title, description, rows, isLive: false, steps: steps.map(({ name }) => name), collection };
}

function requestOf({ address = '', said, body }: PlayStep): object {
  const header = said === undefined ? [] : [{ key: 'X-Said', value: said }];
  const sent = body === undefined ? {} : { body: { mode: 'raw', raw: body } };
  return { method: 'POST', url: `{{url}}/${address}`, header, ...sent };
}

function eventsOf({ before, test }: PlayStep): object[] {
  const scripts = Object.entries({ prerequest: before, test }).filter(([, exec]) => exec !== undefined);
  return scripts.map(([listen, exec]) => ({ listen, script: { type: 'text/javascript', exec: [exec] } }));
}
