/** The proxy for a request, or a variable that names one in a way that can't be used. */
export type ProxyChoice =
  { readonly kind: 'proxy'; readonly url: URL } | { readonly kind: 'unusable'; readonly variable: string };

type Variables = Readonly<Record<string, string | undefined>>;

/** The first one that is set counts, in Newman's order. */
const variablesFor: Readonly<Record<string, readonly string[]>> = {
  'https:': ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'],
  'http:': ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'],
};

/** The variables that say how this program reaches Xero: proxies, and the certificate authorities that Node.js reads. */
export const networkVariableNames: readonly string[] = [
  ...(variablesFor['https:'] ?? []),
  ...['NO_PROXY', 'no_proxy', 'NODE_EXTRA_CA_CERTS', 'NODE_USE_SYSTEM_CA', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
];

/**
 * The proxy that the variables name for a URL; undefined when there is none. Requests to this machine never use a
 * proxy, whatever `NO_PROXY` says: they are not encrypted, and a proxy's localhost is another machine.
 */
export function proxyFor(url: URL, variables: Variables): ProxyChoice | undefined {
  const variable = variablesFor[url.protocol]?.find((name) => (variables[name] ?? '') !== '');
  if (variable === undefined || isHere(url.hostname) || isExcepted(url, variables)) return undefined;
  const value = variables[variable] ?? '';
  const text = /^[a-z][\w+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const proxy = URL.canParse(text) ? new URL(text) : undefined;
  const isUsable = proxy?.protocol === 'http:' || proxy?.protocol === 'https:';
  return isUsable ? { kind: 'proxy', url: proxy } : { kind: 'unusable', variable };
}

/** Whether a name or address may be this machine (RFC 6761 §6.3). More of them count than plain http is allowed to. */
function isHere(hostname: string): boolean {
  return /^((.+\.)?localhost\.?|127(\.\d{1,3}){3}|\[::1\]|\[::ffff:7f[\da-f]{2}:[\da-f]{1,4}\])$/i.test(hostname);
}

/** The proxy's host and port, leaving out the credentials that its URL may have. */
export function nameOfProxy({ protocol, hostname, port }: URL): string {
  return `${hostname}:${port === '' ? (defaultPorts[protocol] ?? '') : port}`;
}

const defaultPorts: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/** Whether `NO_PROXY` names the host, or a domain that it is in; `*` is every host. */
function isExcepted(url: URL, variables: Variables): boolean {
  const list = variables['NO_PROXY'] || variables['no_proxy'] || '';
  const port = url.port === '' ? defaultPorts[url.protocol] : url.port;
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => covers(entry, url.hostname, port ?? ''));
}

function covers(entry: string, hostname: string, port: string): boolean {
  if (entry === '*') return true;
  const [, name = entry, ownPort = port] = /^([^:]+|\[.+\]):(\d+)$/.exec(entry) ?? [];
  if (ownPort !== port) return false;
  const domain = name.replace(/^\*?\.+/, '');
  return hostname === domain || hostname === `[${domain}]` || hostname.endsWith(`.${domain}`);
}
