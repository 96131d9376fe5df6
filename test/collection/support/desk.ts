import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { NewmanRunOptions, NewmanRunSummary } from 'newman';
import { runCollection, type Visualization } from './run';

const collectionFile = 'collections/xero-oauth2.postman_collection.json';

type Row = { readonly key: string; readonly value: string };
type Item = { readonly item?: readonly Item[]; readonly event?: readonly { script: { exec: string[] } }[] };

/** Postman at the support desk: what scripts put into the environment is there at the next Send. */
export type Desk = {
  paste(callbackUrl: string): void;
  /** Presses Send: what the Visualize tab shows then. @throws Error where it shows nothing, or more than one page */
  send(request: string): Promise<Visualization>;
};

/** A desk with this environment, whose scripts find that it is always `at`. */
export function openDesk(environment: { readonly name: string; readonly values: readonly Row[] }, at: Date): Desk {
  const collection = collectionAt(at);
  let values: readonly object[] = environment.values;
  return {
    paste: (callbackUrl) => {
      values = values.map((row) => ('key' in row && row.key === 'callback_url' ? { ...row, value: callbackUrl } : row));
    },
    send: async (request) => {
      const random = { key: 'random_bytes', value: randomBytes(64).toString('hex') };
      const given = { environment: { name: environment.name, values }, globals: { values: [random] } };
      const options = { collection, folder: request, ...given } as NewmanRunOptions; // its types ask for more than Newman does
      const { summary, visualizations } = await runCollection(options);
      values = valuesAfter(summary);
      const [page, ...more] = visualizations;
      if (page === undefined || more.length > 0) throw new Error(`${request} shows ${visualizations.length} pages`);
      return page;
    },
  };
}

function valuesAfter({ environment }: NewmanRunSummary): object[] {
  return (environment as unknown as { toJSON(): { values: object[] } }).toJSON().values; // what the types leave out
}

function collectionAt(at: Date): object {
  const collection = JSON.parse(readFileSync(collectionFile, 'utf8')) as Item;
  stopClock(collection, at.getTime());
  return collection;
}

/** A script's `Date` is its context's own, so a stopped one is put before each script. */
function stopClock({ item = [], event = [] }: Item, atMs: number): void {
  const clock = `{ const Real = Date; Date = class extends Real {
    constructor(...given) { super(...(given.length > 0 ? given : [${atMs}])); }
    static now() { return ${atMs}; }
  }; }`;
  for (const { script } of event) script.exec.unshift(clock);
  for (const one of item) stopClock(one, atMs);
}
