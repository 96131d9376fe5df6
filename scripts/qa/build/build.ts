import type { Scenario, Step, ControlStep } from '../scenarios/scenario';
import type { MainItem } from './main-requests';
import { composeJudgement, composePreparation, type QaModules } from './scripts';
import { counted } from '../../text/count';

/** What the builder needs of the sources. */
export interface QaSources {
  readonly scenarios: readonly Scenario[];
  readonly main: ReadonlyMap<string, MainItem>;
  readonly modules: QaModules;
  readonly version: string;
  readonly changelog: string;
}

/** The QA collection: a folder for each scenario, a request for each of its steps. */
export async function buildQaCollection(sources: QaSources): Promise<object> {
  const { scenarios, main, modules, version, changelog } = sources;
  return {
    info: {
      _postman_id: 'b7d4f1c6-3a58-4e0b-9d27-6c1e8f5a2403',
      name: 'Xero OAuth 2.0 QA',
      version,
      description: describeCollection(version, scenarios.length, changelog),
      schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
    },
    item: scenarios.map((scenario) => folderOf(scenario, main)),
    event: [
      eventOf('prerequest', await composePreparation(main, modules)),
      eventOf('test', await composeJudgement(main, modules)),
    ],
    auth: { type: 'noauth' },
  };
}

function describeCollection(version: string, count: number, changelog: string): string {
  return [
    `Every authorisation flow of Xero's, good and bad: ${counted(count, 'scenario')}, played against a local look-alike. Version ${version}.`,
    '**In the terminal**: `npm run qa` starts the look-alike, plays all of them and says which failed.',
    '**In the Postman app**: `npm run sandbox`, import this collection and `environments/qa.template.postman_environment.json`, choose that environment, and send the requests of a folder from top to bottom, or run the folder.',
    '**In plain Newman**: `npm run sandbox`, and for each folder `npx newman run collections/xero-oauth2-qa.postman_collection.json -e environments/qa.template.postman_environment.json --env-var random_bytes=$(openssl rand -hex 64) --folder "QA-…, its whole name"`.',
    'A folder that needs a data file, or random bytes in Newman, says so in its description.',
    'Each folder starts afresh and needs no other. The scripts of the main collection run as they are, from the two scripts of this collection. What a request needs, and what must come of it, stands as JSON in its disabled header `qa-step`; that header is never sent.',
    `**Changes**\n\n${changelog}`,
  ].join('\n\n');
}

function folderOf(scenario: Scenario, main: QaSources['main']): object {
  return {
    name: `${scenario.id} ${scenario.title}`,
    description: describe(scenario),
    item: scenario.steps.flat().map((step) => itemOf(step, main)),
  };
}

function describe({ id, given, when, then, source, isLive, rows, steps }: Scenario): string {
  const table =
    rows &&
    `Played once with each row of \`qa-data/${id}.json\`: choose that file in Postman's runner, or give it to Newman with \`-d\`.`;
  const random =
    steps.flat().some((step) => 'request' in step && step.request === 'Consent link') &&
    'Makes a consent link: in Newman it needs random bytes, `--env-var random_bytes=$(openssl rand -hex 64)`.';
  const live = isLive && 'Can be played against Xero itself.';
  const story = [`**Given** ${given}`, `**When** ${when}`, `**Then** ${then}`, `Source: ${source}`];
  return [...story, table, random, live].filter(Boolean).join('\n\n');
}

function itemOf(step: Step, main: QaSources['main']): object {
  const isMain = 'request' in step;
  const request = isMain ? mainRequest(step.request, main) : controlRequest(step);
  const header = [headerOf(step), ...request.header];
  return {
    name: step.name,
    request: { ...request, header, ...(step.isSetUp && { description: 'Set-up for the sandbox.' }) },
    ...(isMain && { protocolProfileBehavior: { followRedirects: false } }),
  };
}

/** The step itself, for the collection's scripts: the app and Newman send no disabled header. */
function headerOf(step: Step): object {
  const request = 'request' in step ? step.request : undefined;
  const { set, before, expect } = step;
  return { key: 'qa-step', value: JSON.stringify({ request, set, before, expect }), disabled: true };
}

function eventOf(listen: string, exec: string[]): object {
  return { listen, script: { type: 'text/javascript', exec } };
}

function mainRequest(name: string, main: QaSources['main']): MainItem['request'] {
  const item = main.get(name);
  if (item === undefined) throw new Error(`the main collection has no request "${name}"`);
  return item.request;
}

function controlRequest({ method, address, body }: ControlStep): MainItem['request'] {
  const header = [{ key: 'Content-Type', value: 'application/json' }];
  const json = { mode: 'raw', raw: JSON.stringify(body) };
  return { method, header, url: `{{sandbox_url}}/sandbox/${address}`, body: body && json };
}
