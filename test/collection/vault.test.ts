import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { goodAnswers } from './support/requests';
import { runtimeVersion } from './support/runtime';
import { canary, collectionFile, environment, type AppType, type Settings } from './support/send';
import { startServer, type Server } from './support/server';
import { readV3 } from './support/v3';

/** The runtime without Newman, which hands it no vault. */
const place = runtimeVersion === '7.39' ? 'package.json' : 'test/fixtures/postman-app/package.json';
const load = createRequire(path.resolve(place));

interface Runtime {
  readonly Runner: new () => {
    run(
      collection: unknown,
      options: object,
      then: (error: Error | null, run: { start(events: object): void }) => void,
    ): void;
  };
}
interface Sdk {
  readonly Collection: new (definition: object) => unknown;
  readonly VariableScope: new (values: object[]) => { _: object };
}
const { Runner } = load('postman-runtime') as Runtime;
const { Collection, VariableScope } = load('postman-collection') as Sdk;

const secret = `${canary}secret-from-the-vault`;
const hasVault = runtimeVersion !== '7.39';
let server: Server;

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

interface Given {
  readonly settings?: Settings;
  readonly globals?: Settings;
  readonly vault?: Settings;
  readonly access?: boolean;
  readonly appType?: AppType;
  readonly collection?: object;
}

/** Sends Refresh tokens as the app does, and waits for its end: the credentials that reached the server, and what failed. */
async function refresh(given: Given): Promise<{ sent: (string | undefined)[]; failed: string[] }> {
  const { settings = {}, globals = {}, vault = {}, access = true, appType = 'web' } = given;
  const collection = given.collection ?? (JSON.parse(readFileSync(collectionFile, 'utf8')) as object);
  const held = { client_secret: '', refresh_token: `${canary}old`, ...settings };
  const secrets = new VariableScope(rowsOf(vault));
  secrets._ = { allowScriptAccess: async () => access };
  server.answer(...goodAnswers('Refresh tokens'));
  const failed: string[] = [];
  const options = {
    entrypoint: { execute: 'Refresh tokens' },
    environment: new VariableScope(environment(appType, server.url, held).values),
    globals: new VariableScope(rowsOf(globals)),
    vaultSecrets: secrets,
  };
  await new Promise<void>((resolve, reject) => {
    new Runner().run(new Collection(collection), options, (error, run) => {
      if (error !== null) return reject(error);
      run.start({
        assertion: (_: unknown, results: { error?: { message: string } }[]) =>
          failed.push(...results.flatMap((one) => one.error?.message ?? [])),
        exception: (_: unknown, thrown: Error) => failed.push(thrown.message),
        done: () => resolve(),
      });
    });
  });
  return { sent: server.asked.map(({ headers }) => headers.authorization), failed };
}

function rowsOf(values: Settings): object[] {
  return Object.entries(values).map(([key, value]) => ({ key, value }));
}

function basic(password: string): string {
  return `Basic ${Buffer.from(`the id:${password}`).toString('base64')}`;
}

const refused = { sent: [], failed: [expect.stringContaining('client_secret is empty in the environment')] };

test('a client secret that no row has is taken from the vault, where the runtime has one, before the request is made', async () => {
  const expected = hasVault ? { sent: [basic(secret)], failed: [] } : refused;
  const v3 = readV3('collections/v3/Xero OAuth 2.0');
  expect(await refresh({ vault: { client_secret: secret } })).toEqual(expected);
  expect(await refresh({ vault: { client_secret: secret }, collection: v3 })).toEqual(expected);
});

test('a row and Globals go before the vault', async () => {
  const vault = { client_secret: secret };
  expect(await refresh({ vault, settings: { client_secret: 'in-the-row' } })).toMatchObject({
    sent: [basic('in-the-row')],
  });
  expect(await refresh({ vault, globals: { client_secret: 'in-globals' } })).toMatchObject({
    sent: [basic('in-globals')],
  });
});

test.each<[string, Given]>([
  ['access to the vault is denied', { vault: { client_secret: secret }, access: false }],
  ['the vault has no such secret', { vault: { other: secret } }],
])('where %s, the request is refused as without a vault', async (_, given) => {
  expect(await refresh(given)).toEqual(refused);
});

test('an app without a secret asks no vault', async () => {
  const { sent, failed } = await refresh({ appType: 'pkce', vault: { client_secret: secret } });
  expect({ sent, failed }).toEqual({ sent: [undefined], failed: [] });
});
