import { Option, type Command } from 'commander';
import { addNote, command, duration, type AccessFlags, type Run } from './options';
import { addResidentOptions, residentOptions, type ResidentFlags } from './resident-options';

interface ServeFlags extends AccessFlags, ResidentFlags {
  readonly socket?: readonly string[];
  readonly group?: string;
  readonly listen?: readonly string[];
  readonly host?: readonly string[];
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly trustProxy?: true | string;
}

const note = `Clients are added by client add. POST /oauth/token is a token endpoint for OAuth 2.0 client credentials. GET \
/v1/environments/NAME/token, /v1/status, /metrics and / (the board) are for a client by HTTP Basic, and for whoever may use \
the socket; below /v1/ the header X-Evergrant is required. /health/live and /health/ready are for everybody.`;

export function define(program: Command, run: Run): void {
  const serve = command(
    program,
    'serve',
    'hand out access tokens to other programs, over a socket or HTTP',
    'serve --socket /run/evergrant/socket --group www-data',
  );
  addNote(serve, note)
    .addOption(several('--socket <path>', 'a unix socket for this user and a group; repeated for several'))
    .option('--group <group>', "who may use the socket, beside this user (default: this user's own group)")
    .addOption(several('--listen <address:port>', 'HTTP; repeated for several (default: 127.0.0.1:8099)'))
    .addOption(several('--host <host>', 'a further name by which it may be called; repeated for several'))
    .option('--tls-cert <file>', 'speak TLS, with this certificate; required for other addresses than loopback')
    .option('--tls-key <file>', 'the key of the certificate')
    .option('--trust-proxy [addresses]', "take requests that this machine's proxy and those at the addresses hand on")
    .addOption(duration('--min-validity <duration>', 'refresh first when a token has less left', '5m'))
    .addOption(duration('--patience <duration>', 'how long to go on asking Xero', '20s'))
    .addOption(duration('--wait <duration>', 'how long to wait for another process', '30s'))
    .action(({ minValidity, patience, wait, trustProxy, ...flags }: ServeFlags) =>
      run((context) => {
        const server = require('../serve/run') as typeof import('../serve/run');
        const { socket: sockets = [], listen = [], host: hosts = [], group, tlsCert, tlsKey } = flags;
        const trustedProxies = trustProxy === true ? '' : trustProxy;
        const times = { minValidityMs: minValidity, patienceMs: patience, waitMs: wait };
        const residents = residentOptions(flags, { ...times, trustedProxies });
        const options = { sockets, listen, hosts, group, tlsCert, tlsKey, trustedProxies, ...times, residents };
        return server.serve(options, context);
      }),
    );
  addResidentOptions(serve);
}

/** An option that may be given several times. */
function several(flags: string, description: string): Option {
  return new Option(flags, description).argParser((value: string, before: readonly string[] | undefined) => [
    ...(before ?? []),
    value,
  ]);
}
