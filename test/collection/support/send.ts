import { readFileSync } from 'node:fs';
import type { NewmanRunOptions, NewmanRunSummary } from 'newman';
import { expect } from 'vitest';
import { rendered, runCollection } from './run';

export const collectionFile = 'collections/xero-oauth2.postman_collection.json';
export type AppType = 'web' | 'pkce' | 'custom_connection';
export type Settings = Record<string, string>;
type Row = { key: string; value: string; type: string; enabled: boolean };
type Template = { name: string; values: Row[] };

/** What a run did: the keys it changed, what failed and why, what it skipped, and the pages of its Visualize tab. */
export type Outcome = { changed: Settings; failures: string[]; skipped: string[]; pages: string[] };
type Judged = { summary: NewmanRunSummary; pages: string[] };

/** Every secret of these tests holds this word, which must never show up in a test's name, a message or a page. */
export const canary = 'CaNaRy';

/** The secret of the app in these tests. */
export const appSecret = `${canary}secret-of-the-app`;

/** Its id, and where its customers end, as far as a test says nothing else. */
export const [appId, appRedirectUri] = ['the id', 'http://localhost:8080/callback'];
const collection = JSON.parse(readFileSync(collectionFile, 'utf8')) as object;

export function template(appType: AppType): Template {
  const text = readFileSync(`environments/${appType}.template.postman_environment.json`, 'utf8');
  return JSON.parse(text) as Template;
}

/** The template of an app type with a server's URLs and some settings filled in. */
export function environment(appType: AppType, serverUrl: string, settings: Settings = {}): Template {
  const { values } = template(appType);
  const urls: Settings = {
    authorize_url: `${serverUrl}/identity/connect/authorize`,
    token_url: `${serverUrl}/connect/token`,
    revocation_url: `${serverUrl}/connect/revocation`,
    connections_url: `${serverUrl}/connections`,
    api_url: `${serverUrl}/api.xro/2.0`,
    client_id: appId,
    client_secret: appSecret,
  };
  const rows = values.map((row) => ({ ...row, value: settings[row.key] ?? urls[row.key] ?? row.value }));
  return { name: 'acme', values: rows };
}

/** Sends one request of the collection, or a folder of them, in plain Newman, and expects no secret in names, messages, pages or logs. */
export async function send(name: string, given: Template, options: Partial<NewmanRunOptions> = {}): Promise<Outcome> {
  const { summary, pages } = await run(name, given, options);
  const assertions = summary.run.executions.flatMap((one) => one.assertions ?? []);
  // Newman lists an assertion once for each request that its script sent.
  const skipped = new Set(assertions.filter((one) => one.skipped).map(({ assertion }) => assertion));
  return {
    changed: changes(given, summary),
    failures: summary.run.failures.map(sentence),
    skipped: [...skipped],
    pages,
  };
}

/** A refusal: what the case is, the settings that differ from a good environment, and the advice that must come. */
export type Refusal = [name: string, appType: AppType, settings: Settings, advice: string];

/**
 * Sends a request once for each case, all in one run, and expects that every one fails with its advice and that nothing
 * in the environment has changed afterwards, but for what each of these requests has `emptied`.
 */
export async function expectRefusals(
  request: string,
  serverUrl: string,
  good: Settings,
  cases: Refusal[],
  emptied: readonly string[] = [],
): Promise<void> {
  const rowsOf = ([, appType, settings]: Refusal): Settings => {
    const { values } = environment(appType, serverUrl, { ...good, ...settings });
    return Object.fromEntries(values.map(({ key, value }) => [key, value]));
  };
  const iterationData = cases.map((one) => ({ rows: JSON.stringify(rowsOf(one)) }));
  const blank = { name: 'acme', values: template('web').values.map((row) => ({ ...row, value: '' })) };
  const { summary } = await run(request, blank, {
    collection: { ...collection, event: [{ listen: 'prerequest', script: { exec: [fillIn] } }] },
    iterationData,
    globals: globals({ random_bytes: good.random_bytes ?? '' }),
  });
  const adviceOf = (at: number) =>
    summary.run.failures.filter(({ cursor }) => (cursor as { iteration?: number }).iteration === at).map(sentence);
  expect(Object.fromEntries(cases.map(([name], at) => [name, adviceOf(at)]))).toEqual(
    Object.fromEntries(
      cases.map(([name, , , advice]) => [
        name,
        expect.toSatisfy((all: string[]) => all.join().includes(advice), advice),
      ]),
    ),
  );
  const {
    changed = '[]',
    expected: _,
    ...last
  } = Object.fromEntries(rowsAfter(summary).map(({ key, value }) => [key, value]));
  const all: string[] = [...JSON.parse(changed), ...differences(rowsOf(cases.at(-1) ?? ['', 'web', {}, '']), last)];
  expect(all.filter((key) => !emptied.includes(key))).toEqual([]);
  expect(all.filter((key) => emptied.includes(key))).toHaveLength(emptied.length * cases.length);
}

function differences(before: Settings, after: Settings): string[] {
  return Object.keys({ ...before, ...after }).filter((key) => (before[key] ?? '') !== (after[key] ?? ''));
}

/**
 * Fills in an environment before each request of a run, as a person does who chooses another, and notes in `changed` what
 * the request before has changed. A data file cannot do it: it may fill in settings alone.
 */
const fillIn = `
  const { changed = '[]', expected = '{}', ...after } = pm.environment.toObject();
  const before = JSON.parse(expected);
  const found = Object.keys({ ...before, ...after }).filter((key) => (before[key] || '') !== (after[key] || ''));
  const given = pm.iterationData.get('rows');
  for (const key of Object.keys(after)) pm.environment.set(key, '');
  for (const [key, value] of Object.entries(JSON.parse(given))) pm.environment.set(key, value);
  pm.environment.set('changed', JSON.stringify([...JSON.parse(changed), ...found]));
  pm.environment.set('expected', given);`;

export function globals(values: Settings): { values: object[] } {
  return { values: Object.entries(values).map(([key, value]) => ({ key, value })) };
}

async function run(name: string, given: Template, options: Partial<NewmanRunOptions>): Promise<Judged> {
  const all = { collection, environment: given, folder: name, ...options } as NewmanRunOptions;
  const { summary, visualizations, logged } = await runCollection(all);
  const pages = visualizations.map((one) => rendered(one));
  const tests = summary.run.executions.flatMap((one) => (one.assertions ?? []).map((assertion) => assertion.assertion));
  const texts = [...summary.run.failures.map(sentence), ...tests, ...pages];
  expect(texts.filter((text) => text.toLowerCase().includes(canary.toLowerCase()))).toEqual([]);
  expect(logged).toEqual([]);
  return { summary, pages };
}

function sentence({ error }: { error: { test?: string; message: string } }): string {
  return `${error.test}: ${error.message}`;
}

function changes(before: Template, summary: NewmanRunSummary): Settings {
  const old = new Map(before.values.map((row) => [row.key, row.value]));
  return Object.fromEntries(
    rowsAfter(summary)
      .filter((row) => old.get(row.key) !== row.value)
      .map((row) => [row.key, row.value]),
  );
}

function rowsAfter({ environment: { values } }: NewmanRunSummary): Row[] {
  return (values as unknown as { members: Row[] }).members; // what Newman's types leave out
}
