import fs from 'node:fs';
import net, { type Socket } from 'node:net';
import { leaksIn } from '../support/leak-search';
import { makeWorkplace, type Workplace } from '../support/program';
import { makeAuthority } from '../support/servers/certificates';
import { refuseWith, startProxy, tunnelTo, type Manner } from '../support/servers/proxy-server';
import { startTlsFront } from '../support/servers/tls-front';
import { startXeroServer, type XeroServer } from '../support/servers/xero-server';
import { hasTool } from '../support/system-tools';
import { count, emptyResult, type Attack, type AttackResult, type Scale } from './attack';

const far = 'https://identity.xero.test';
const password = 'the password of the proxy';
const names = ['acme', 'bolt', 'cove'];
const tries = { short: 2, long: 60 } as const;

/** A proxy that does its worst with every connection, by the dice: then Xero is asked again through an honest one. */
async function attackByProxy(scale: Scale, random: () => number): Promise<AttackResult> {
  const result = emptyResult();
  const xero = await startXeroServer();
  const authority = makeAuthority(makeWorkplace().folder);
  const front = await startTlsFront(authority.issue(['identity.xero.test']), Number(new URL(xero.url).port));
  const thief = await startTlsFront(authority.selfSigned(['identity.xero.test']), Number(new URL(xero.url).port));
  const honest = await startProxy(tunnelTo(front.port));
  const manners = [...dishonest(random, front.port), tunnelTo(thief.port)];
  for (let index = 0; index < tries[scale]; index++) {
    const place = makeWorkplace();
    for (const name of names) connect(place, xero, name);
    const picked = Array.from({ length: 20 }, () => pick(manners, random));
    const worst = await startProxy((client) => (picked.shift() ?? pick(manners, random))(client));
    const variables = { NODE_EXTRA_CA_CERTS: authority.file, NODE_TLS_REJECT_UNAUTHORIZED: '0' };
    const through = (port: number): Record<string, string> => ({
      ...variables,
      HTTPS_PROXY: `http://user:${encodeURIComponent(password)}@localhost:${port}`,
    });
    const args = ['refresh', '--all', '--force', '--no-jitter', '--patience', '2s'];
    const more = pick([[], ['--report', 'out'], ['--processes', '2']], random);
    const attacked = await place.run([...args, ...more], { variables: through(worst.port) });
    await worst.close();
    result.tried += 1;
    if (![0, 4].includes(attacked.code ?? -1)) result.failures.push(`exit ${attacked.code}: ${attacked.stderr}`);
    const said = attacked.stdout + attacked.stderr;
    if (leaksIn(said, [password, ...xero.secrets]).length > 0) count(result, 'leaked', 'a secret in the output');
    const after = await place.run(args, { variables: through(honest.port) });
    if (after.code !== 0) result.failures.push(`exit ${after.code} through an honest proxy: ${after.stderr}`);
    for (const name of names) {
      if (!xero.accepts(place.rows(name)['refresh_token'] ?? ''))
        count(result, 'lost', `${name} after "${more.join(' ')}"`);
    }
    fs.rmSync(place.folder, { recursive: true });
  }
  if (thief.received() !== '') count(result, 'leaked', 'a request to a server that nobody vouches for');
  await Promise.all([honest, front, thief, xero].map((server) => server.close()));
  return result;
}

function connect(place: Workplace, xero: XeroServer, name: string): void {
  const urls = { token_url: `${far}/connect/token`, connections_url: `${far}/connections` };
  place.write(name, xero.environment('web', name, { ...xero.connectedRows(), ...urls }));
}

/** Refuses, is silent, talks nonsense, or opens the tunnel and cuts it somewhere: before, within or after the answer. */
function dishonest(random: () => number, port: number): Manner[] {
  return [
    ...[302, 403, 407, 502].map((status) => refuseWith(status)),
    () => undefined,
    (client) => void client.destroy(),
    (client) => void client.end('\0\0 nonsense\r\n\r\n'),
    (client) => void client.end('HTTP/1.1 101 No\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
    (client) => void client.write('HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{}'),
    ...[300, 1500, 4000].map((most) => cutAfter(port, () => Math.floor(random() * most))),
  ];
}

/** A tunnel that breaks after this many bytes of the server's answer. */
function cutAfter(port: number, bytes: () => number): Manner {
  return (client: Socket) => {
    let left = bytes();
    const behind = net.connect(port, '127.0.0.1', () => client.write('HTTP/1.1 200 OK\r\n\r\n'));
    const cut = (): void => {
      client.destroy();
      behind.destroy();
    };
    behind.on('error', cut).on('close', cut);
    client.on('error', cut).on('close', cut).pipe(behind);
    behind.on('data', (chunk: Buffer) => {
      client.write(chunk.subarray(0, left));
      left -= chunk.length;
      if (left <= 0) cut();
    });
  };
}

function pick<Value>(list: readonly Value[], random: () => number): Value {
  const one = list[Math.floor(random() * list.length)];
  if (one === undefined) throw new Error('nothing to choose from');
  return one;
}

export const attacks: Attack[] = [
  {
    name: 'a proxy that refuses, lies, is silent, and cuts tunnels',
    kind: 'proxies',
    run: attackByProxy,
    cannotRun: () => (hasTool('openssl') ? undefined : 'it needs openssl'),
  },
];
