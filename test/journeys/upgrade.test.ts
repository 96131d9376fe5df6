import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeWorkplace, type Workplace } from '../support/program';
import { startXeroServer, type XeroServer } from '../support/servers/xero-server';

/** What 0.1.0 has written: a consent, two refreshes with hooks. Its tokens and secrets are made up. */
const written = 'test/fixtures/0.1.0';

interface Row {
  readonly key: string;
  readonly type: string;
  value: string;
}
interface Document {
  readonly values: readonly Row[];
}

let xero: XeroServer;
let place: Workplace;
/** The folder `.evergrant` of all, and the one of the environment. */
let [state, own] = ['', ''];

beforeAll(async () => {
  xero = await startXeroServer();
});
afterAll(() => xero.close());

/** Puts the files where 0.1.0 had them, with tokens that the server knows. */
beforeEach(() => {
  place = makeWorkplace();
  state = path.join(place.folder, 'environments/.evergrant');
  own = path.join(state, path.basename(place.fileOf('acme')));
  fs.mkdirSync(own, { recursive: true, mode: 0o700 });
  const live = JSON.parse(xero.environment('web', 'acme', xero.connectedRows())) as Document;
  const known = new Map(live.values.map(({ key, value }) => [key, value]));
  const withTokens = (file: string): string => {
    const document = JSON.parse(fs.readFileSync(path.join(written, file), 'utf8')) as Document;
    for (const row of document.values) if (row.key !== 'generation') row.value = known.get(row.key) ?? row.value;
    return JSON.stringify(document, null, 2);
  };
  place.write('acme', withTokens('acme.postman_environment.json'));
  for (const file of ['generation-1.json', 'generation-2.json', 'told']) {
    fs.copyFileSync(path.join(written, file), path.join(own, file));
  }
  fs.writeFileSync(path.join(own, 'generation-3.json'), withTokens('generation-3.json'), { mode: 0o600 });
  fs.writeFileSync(path.join(own, 'lock'), '');
  fs.copyFileSync(path.join(written, 'log.jsonl'), path.join(state, 'log.jsonl'));
});

function keysOf(text: string): string[] {
  return (JSON.parse(text) as Document).values.map(({ key, type }) => `${key} ${type}`);
}

describe('the files of 0.1.0', () => {
  test('are read: the state, and the log', async () => {
    expect(await place.run(['status', 'acme'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/acme +connected/),
    });
    const { stdout } = await place.run(['log', 'acme', '--json']);
    const { attempts } = JSON.parse(stdout) as { attempts: { outcome: string; generation: number }[] };
    expect(attempts.map(({ outcome, generation }) => [outcome, generation])).toEqual([
      ['connected', 1],
      ['refreshed', 2],
      ['refreshed', 3],
    ]);
  });

  test('are refreshed, and keep their form: an older version finds every row, and no generation is lost', async () => {
    const before = fs.readFileSync(place.fileOf('acme'), 'utf8');
    expect(await place.run(['refresh', 'acme', '--force'])).toMatchObject({ code: 0, stderr: '' });
    expect(place.rows('acme')).toMatchObject({ generation: '4', grant_status: 'connected', refresh_started_at: '' });
    expect(keysOf(fs.readFileSync(place.fileOf('acme'), 'utf8'))).toEqual(expect.arrayContaining(keysOf(before)));
    const kept = fs.readdirSync(own).filter((file) => file.startsWith('generation-'));
    expect(kept.toSorted()).toEqual([1, 2, 3, 4].map((generation) => `generation-${generation}.json`));
    const forms = kept.map((file) => Object.keys(JSON.parse(fs.readFileSync(path.join(own, file), 'utf8')) as object));
    expect(new Set(forms.map((keys) => keys.join()))).toEqual(new Set([forms[0]?.join()]));
  });

  test('get a log in which an older version finds every field that it knows', async () => {
    await place.run(['refresh', 'acme', '--force']);
    const lines = fs.readFileSync(path.join(state, 'log.jsonl'), 'utf8').trimEnd().split('\n');
    const [first, , , last] = lines.map((line) => Object.keys(JSON.parse(line) as object));
    expect(lines).toHaveLength(4);
    expect(last).toEqual(expect.arrayContaining(first ?? []));
  });

  test('make no hook run again for what 0.1.0 has told', async () => {
    const hook = `sh -c 'echo "$EVERGRANT_OUTCOME" >> called'`;
    await place.run(['refresh', 'acme', '--on-refreshed', hook, '--on-consent-needed', hook, '--on-failure', hook]);
    expect(fs.existsSync(path.join(place.folder, 'called'))).toBe(false);
  });

  test('are put back by restore', async () => {
    await place.run(['refresh', 'acme', '--force']);
    expect(await place.run(['restore', 'acme', '3'])).toMatchObject({ code: 0 });
    expect(await place.run(['refresh', 'acme', '--force'])).toMatchObject({ code: 0 });
  });
});
