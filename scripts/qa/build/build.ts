import { composeScript, type SharedFunctions } from '../../collection/compose';
import type { ControlStep, Scenario, Step } from '../scenarios/scenario';
import type { MainItem } from './main-requests';

/** The shared functions: as the QA scripts call them, and as those of the main collection do here. */
interface Functions {
  readonly qa: SharedFunctions;
  readonly quiet: SharedFunctions;
}

/** What the builder needs of the sources. */
export interface QaSources {
  readonly scenarios: readonly Scenario[];
  readonly main: ReadonlyMap<string, MainItem>;
  /** The main collection's shared functions, and those of the QA collection over them. */
  readonly shared: SharedFunctions;
  readonly version: string;
  readonly changelog: string;
}

/** The QA collection: a folder for each scenario, a request for each of its steps. */
export function buildQaCollection({ scenarios, main, shared, version, changelog }: QaSources): object {
  const functions = { qa: shared, quiet: withoutPages(shared) };
  return {
    info: {
      _postman_id: 'b7d4f1c6-3a58-4e0b-9d27-6c1e8f5a2403',
      name: 'Xero OAuth 2.0 QA',
      version,
      description: describeCollection(version, scenarios.length, changelog),
      schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
    },
    item: scenarios.map((scenario) => folderOf(scenario, main, functions)),
    event: [eventOf('test', composeJudgement(main, functions))],
    auth: { type: 'noauth' },
  };
}

function describeCollection(version: string, count: number, changelog: string): string {
  return [
    `Every authorisation flow of Xero's, good and bad: ${count} scenarios, played against a local look-alike. Version ${version}.`,
    '**In the terminal**: `npm run qa` starts the look-alike, plays all of them and says which failed.',
    '**In the Postman app**: `npm run sandbox`, import this collection and `environments/qa.template.postman_environment.json`, choose that environment, and send the requests of a folder from top to bottom, or run the folder. A folder whose description names a data file is run with that file.',
    'Each folder starts afresh and needs no other. The scripts of the main collection run as they are; what must come of each request stands in its pre-request script, and is judged by the test script of the collection.',
    `**Changes**\n\n${changelog}`,
  ].join('\n\n');
}

function folderOf(scenario: Scenario, main: QaSources['main'], functions: Functions): object {
  return {
    name: `${scenario.id} ${scenario.title}`,
    description: describe(scenario),
    item: scenario.steps.flat().map((step) => itemOf(step, main, functions)),
  };
}

function describe({ id, given, when, then, source, isLive, rows }: Scenario): string {
  const table = rows && `Played once with each row of \`qa-data/${id}.json\`: choose that file in Postman's runner.`;
  const live = isLive && 'Can be played against Xero itself.';
  const story = [`**Given** ${given}`, `**When** ${when}`, `**Then** ${then}`, `Source: ${source}`];
  return [...story, table, live].filter(Boolean).join('\n\n');
}

function itemOf(step: Step, main: QaSources['main'], functions: Functions): object {
  const { request, sources } = 'request' in step ? mainItem(step.request, main) : controlItem(step);
  return {
    name: step.name,
    event: [eventOf('prerequest', composeStep(step, sources.prerequest, functions))],
    request: step.isSetUp ? { ...request, description: 'Set-up for the sandbox.' } : request,
    response: [],
    protocolProfileBehavior: { followRedirects: false },
  };
}

function eventOf(listen: string, exec: string[]): object {
  return { listen, script: { type: 'text/javascript', exec } };
}

function mainItem(name: string, main: QaSources['main']): MainItem {
  const item = main.get(name);
  if (item === undefined) throw new Error(`the main collection has no request "${name}"`);
  return item;
}

function controlItem({ method, address, body }: ControlStep): MainItem {
  const header = [{ key: 'Content-Type', value: 'application/json' }];
  const raw = `{{sandbox_url}}/sandbox/${address}`;
  const json = { mode: 'raw', raw: JSON.stringify(body, null, 2), options: { raw: { language: 'json' } } };
  return { request: { method, header, url: urlOf(raw), ...(body === undefined ? {} : { body: json }) }, sources: {} };
}

function urlOf(raw: string): object {
  const [path = '', query] = raw.split('?');
  const [host, ...segments] = path.split('/');
  const pairs = query?.split('&').map((pair) => pair.split('=')) ?? [];
  const rows = pairs.map(([key, value]) => ({ key, value }));
  return { raw, host: [host], path: segments, ...(query === undefined ? {} : { query: rows }) };
}

/**
 * What a step puts into the environment and what must come of it, then the main request's own script, with a `pm` that
 * notes its tests.
 */
function composeStep(step: Step, script: string | undefined, { qa, quiet }: Functions): string[] {
  const { set = {}, before = '', expect } = step;
  const request = 'request' in step ? step.request : '';
  const story = [
    `prepareStep(${asCode(set)}, ${asCode(request)}, ${asCode(expect)}${before === '' ? '' : ', () => BEFORE'});`,
    ...(script === undefined ? [] : ['observe((pm) => SCRIPT, (seen) => judgeBefore(seen));']),
  ];
  return fillIn(composeScript(story.join('\n'), qa), { BEFORE: before, SCRIPT: script ?? '' }, quiet);
}

/** After each request: the main request's own test script, then whether all is as the step expects. */
function composeJudgement(main: QaSources['main'], { qa, quiet }: Functions): string[] {
  const tests = [...main].map(([name, { sources }]) => `${asCode(name)}: () => {\n${sources.test ?? ''}\n},`);
  const play = [`const scripts = {`, ...tests, `};`, `scripts[pm.variables.get('step_request')]?.();`].join('\n');
  return fillIn(
    composeScript('observe((pm) => SCRIPT, (seen) => judgeStep(seen, pm.response));', qa),
    { SCRIPT: play },
    quiet,
  );
}

function asCode(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

/** Puts scripts where their names stand, each in a block with the shared functions that it calls. */
function fillIn(
  lines: readonly string[],
  scripts: Readonly<Record<string, string>>,
  shared: SharedFunctions,
): string[] {
  const blocks = Object.entries(scripts).map(([name, script]): [string, string] => [
    name,
    ['{', ...composeScript(script, shared), '}'].join('\n'),
  ]);
  return lines.flatMap((line) =>
    blocks.reduce((text, [name, block]) => text.replace(name, () => block), line).split('\n'),
  );
}

/** What looks after the Visualize tab is tested on its own, and would make each of these requests three times as long. */
function withoutPages(shared: SharedFunctions): SharedFunctions {
  return new Map([...shared].map(([name, body]) => [name, name.startsWith('show') ? `function ${name}() {}` : body]));
}
