import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { invalid, quoted } from '../../errors';

/** The proxies that are trusted to name a client's address. */
export type TrustedProxies = BlockList;

/**
 * Reads `--trust-proxy`: addresses and networks (`10.0.0.0/8`) separated by commas. This machine's own are always
 * trusted.
 * @throws Failure `invalid`
 */
export function trustedProxies(list: string): TrustedProxies {
  const trusted = new BlockList();
  trusted.addSubnet('127.0.0.0', 8, 'ipv4');
  trusted.addAddress('::1', 'ipv6');
  for (const entry of list.split(',').map((text) => text.trim())) if (entry !== '') addTo(trusted, entry);
  return trusted;
}

function addTo(trusted: BlockList, entry: string): void {
  const [address = '', bits, ...rest] = entry.split('/');
  const [family, longest] = isIP(address) === 6 ? (['ipv6', 128] as const) : (['ipv4', 32] as const);
  const isNetwork = bits !== undefined && /^\d{1,3}$/.test(bits) && Number(bits) <= longest;
  if (isIP(address) === 0 || rest.length > 0 || (bits !== undefined && !isNetwork)) {
    throw invalid(
      'bad_proxy',
      `--trust-proxy: ${quoted(entry)} is no address and no network`,
      'as in --trust-proxy 10.0.0.1,10.1.0.0/16; by itself it trusts a proxy on this machine',
    );
  }
  if (isNetwork) trusted.addSubnet(address, Number(bits), family);
  else trusted.addAddress(address, family);
}

/**
 * The client's address: that of the socket or, if that is a trusted proxy's, the right-most address in X-Forwarded-For
 * that isn't. Addresses further left may be made up by the client.
 */
export function clientAddress({ socket, headers }: IncomingMessage, trusted: TrustedProxies | undefined): string {
  let client = bareAddress(socket.remoteAddress ?? '') ?? '';
  if (trusted === undefined) return client;
  const forwarded = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',').reverse();
  for (const hop of forwarded) {
    if (!isTrusted(client, trusted)) return client;
    const address = bareAddress(hop.trim());
    if (address === undefined) return client;
    client = address;
  }
  return client;
}

/** Whether a connection is a trusted proxy's own. */
export function isFromProxy({ socket }: Pick<IncomingMessage, 'socket'>, trusted: TrustedProxies): boolean {
  return isTrusted(bareAddress(socket.remoteAddress ?? '') ?? '', trusted);
}

function isTrusted(address: string, trusted: TrustedProxies): boolean {
  const family = isIP(address);
  return family !== 0 && trusted.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** The address, as IPv4 where it is one, and with no port, which some proxies add; undefined for any other text. */
function bareAddress(text: string): string | undefined {
  const address = (/^\[([\da-f:.]+)\](?::\d+)?$/i.exec(text) ?? /^([\d.]+):\d+$/.exec(text))?.[1] ?? text;
  const plain = address.replace(/^::ffff:(?=[\d.]+$)/i, '');
  return isIP(plain) === 0 ? undefined : plain;
}
