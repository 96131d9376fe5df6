import fs from 'node:fs';
import path from 'node:path';
import type * as Routes from '../../../../scripts/serve/routes';
import { basic, serveIn, startServing, type Answer, type Client, type Serving } from '../../../serve/support/serving';
import { leaksIn } from '../../../support/leak-search';
import { startXeroServer, type XeroServer } from '../../../support/servers/xero-server';
import { built } from '../built';
import type { Findings } from '../proof';

const own = { 'x-evergrant': '1' };
const past = new Date(Date.now() - 60_000).toISOString();
const names = ['acme', 'due', 'nobody'];

/** Every path that the server knows, with names in the place of `:name`, and some that it does not. */
function targets(): string[] {
  const { routerOf } = built<typeof Routes>('serve/routes');
  const known = routerOf({} as Routes.Parts).stack.map((layer) => String(layer.path)); // no handler is called
  const health = ['/health', '/health/live', '/health/ready'];
  return [...known, ...health, '/nothing', '/callback?code=x&state=y'].flatMap((target) =>
    target.includes(':name') ? names.map((name) => target.replace(':name', name)) : [target],
  );
}

/** What is sent to each of them: as who may, as who may not, and as who must not. */
const kinds: readonly Readonly<Record<string, string>>[] = [
  own,
  {},
  { ...own, origin: 'https://evil.example' },
  { ...own, 'x-forwarded-for': '10.0.0.1' },
  { ...own, host: 'evil.example' },
];

async function answersOf(serving: Serving, client: Client): Promise<Answer[]> {
  const known = { ...own, authorization: basic(client.id, client.secret) };
  const wrong = { ...own, authorization: basic(client.id, 'wrong') };
  const answers: Answer[] = [];
  for (const target of targets()) {
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      for (const headers of [...kinds, known, wrong]) {
        answers.push(await serving.ask(target, { method, headers }));
        answers.push(await serving.ask(target, { method, headers, isByTcp: true }));
      }
    }
  }
  for (const environment of names) {
    for (const fields of [{ environment }, { environment, scope: 'payroll' }, { audience: environment }]) {
      answers.push(await serving.token(client, fields), await serving.token({ ...client, secret: 'wrong' }, fields));
    }
  }
  return answers;
}

/** Nothing shows over any route, nor in what the server says and writes, but the access token that was asked for. */
export async function canaries(): Promise<Findings> {
  const xero = await startXeroServer();
  const all = ['--listen', '127.0.0.1:0', '--refresh', '--metrics', 'evergrant.prom', '--files', 'tokens/{name}.json'];
  const serving = await startServing(xero, { acme: {}, due: { access_token_expires_at: past } }, all);
  try {
    const client = await serving.client('reports');
    const answers = await answersOf(serving, client);
    const given = ['acme', 'due'].map((name) => serving.place.rows(name)['access_token'] ?? '');
    await written(serving);
    const hidden = [...xero.secrets, client.secret].filter((secret) => !given.includes(secret)).map(unlike);
    await serving.stop();
    const files = filesOf(serving.place.folder);
    const tokens = given.map(unlike);
    const texts: [string, string[]][] = [
      [answers.map(({ text, headers }) => text + JSON.stringify(headers)).join('\n'), hidden],
      [serving.running.said(), [...hidden, ...tokens]],
      [files.filter(([file]) => file.startsWith('tokens/')).join('\n'), hidden],
      [files.filter(([file]) => !file.startsWith('tokens/')).join('\n'), [...hidden, ...tokens]],
    ];
    const leaks = texts.flatMap(([text, secrets]) => leaksIn(text, secrets));
    const crashed = await crashes(xero);
    return {
      figures: { 'answers searched for secrets': answers.length, 'files searched for secrets': files.length },
      failures: [...leaks.map(({ encoding }) => `a secret shows, ${encoding}`), ...crashed],
    };
  } finally {
    serving.running.signal('SIGKILL');
    await xero.close();
    fs.rmSync(serving.place.folder, { recursive: true });
  }
}

/** Waits until the loop and the token files have had their turn. */
async function written({ place }: Serving): Promise<void> {
  const files = ['evergrant.prom', 'tokens/acme.json', 'tokens/due.json'].map((file) => path.join(place.folder, file));
  for (let tries = 0; tries < 300 && !files.every((file) => fs.existsSync(file)); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Every file of a folder but the environments, which are where secrets live. */
function filesOf(folder: string): (readonly [string, string])[] {
  const files = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => !file.startsWith('environments') && fs.lstatSync(path.join(folder, file)).isFile())
    .map((file) => [file, fs.readFileSync(path.join(folder, file), 'utf8')] as const);
}

/** A part of the server that throws what it knows: neither answer nor log repeats it. */
async function crashes(xero: XeroServer): Promise<string[]> {
  const serving = await startServing(xero, { acme: {} });
  const { folder } = serving.place;
  await serving.stop();
  const preload = path.join(folder, 'crash.js');
  const file = path.join(folder, 'environments/acme.postman_environment.json');
  const code = `const secret = require('node:fs').readFileSync(${JSON.stringify(file)}, 'utf8');
    require('node:crypto').timingSafeEqual = () => { throw new Error(secret, { cause: secret }); };`;
  fs.writeFileSync(preload, code);
  const broken = await serveIn(serving.place, ['--listen', '127.0.0.1:0'], { preload });
  const { status, text } = await broken.token({ id: 'reports', secret: 'x' }, { environment: 'acme' });
  await broken.stop();
  const { rows } = serving.place;
  const secrets = ['access_token', 'refresh_token', 'client_secret'].map((key) => unlike(rows('acme')[key] ?? ''));
  fs.rmSync(folder, { recursive: true });
  const leaks = leaksIn(`${text}\n${broken.running.said()}`, secrets);
  return [
    ...(status === 500 ? [] : [`a part that throws is answered with ${status}`]),
    ...leaks.map(({ encoding }) => `a secret shows when a part throws, ${encoding}`),
  ];
}

/** The part that no other secret has: all JWTs begin alike. */
function unlike(secret: string): string {
  return secret.split('.').at(-1) ?? secret;
}
