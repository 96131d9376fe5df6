import { Option, type Command } from 'commander';
import type { ConsentCommand } from '../commands/consent';
import type { ExchangeCommand } from '../commands/exchange';
import type { ListenCommand } from '../commands/listen';
import { command, duration, load, port, type Run } from '../commands/options';
import { longestLinkLifetimeMs } from '../consent/state';
import { appTypes } from '../environment/settings';
import { invalid } from '../errors';
import { minuteMs, parseDuration } from '../text/duration';

export function defineConsentCommands(program: Command, run: Run): void {
  command(
    program,
    'init <name>',
    'make an environment file from the template; never overwrites',
    'init acme --app-type web',
  )
    .option('--app-type <type>', `${appTypes.join(', ')}; asked for on a terminal, else web`)
    .option('--client-id <id>', 'the app at developer.xero.com')
    .option('--redirect-uri <uri>', 'exactly as in the app')
    .option('--scopes <scopes>', 'separated by spaces')
    .action((name: string, o: Record<'appType' | 'clientId' | 'redirectUri' | 'scopes', string | undefined>) => {
      const given = { client_id: o.clientId, redirect_uri: o.redirectUri, scopes: o.scopes };
      const settings = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
      return run((context) =>
        load('init').init({ name, settings, ...(o.appType === undefined ? {} : { appType: o.appType }) }, context),
      );
    });
  command(program, 'consent <name>', 'print the consent link, checked with Xero first', 'consent acme')
    .option('--no-check', "don't check the link with Xero")
    .addOption(
      new Option('--message [format]', 'print a note ready to send: text or html')
        .choices(['text', 'html'])
        .preset('text'),
    )
    .option('--open', "open the link in this machine's browser")
    .option('--listen', 'catch the callback on a localhost redirect_uri and finish')
    .addOption(linkLifetime())
    .option('--replace', 'let the link connect another organisation than the one held')
    .option('--expect-tenant <tenant>', 'from now on refuse any other organisation, by id, or by the name it has')
    .option('--no-expect-tenant', 'expect none any more')
    .option('--json', 'print JSON')
    .addHelpText('after', overlapHelp)
    .action((name: string, o: ConsentFlags) =>
      run((context) => load('consent').consent(consentCommand(name, o), context)),
    );
  command(
    program,
    'exchange [name] [callback-url]',
    'store the tokens of a consent; the callback URL from the argument or stdin',
    `exchange acme 'https://example.com/callback?code=…&state=…'`,
  )
    .option('--json', 'print JSON')
    .addOption(duration('--patience <duration>', 'how long to go on asking', '60s'))
    .addOption(duration('--wait <duration>', 'how long to wait for another process', '30s'))
    .option('--expect-tenant <tenant>', 'refuse any other organisation, by id or name')
    .option('--replace', 'let another organisation take the place of the one held')
    .action((first: string | undefined, second: string | undefined, o: ExchangeFlags) =>
      run((context) => load('exchange').exchange({ ...nameAndUrl(first, second), ...exchangeOptions(o) }, context)),
    );
  command(program, 'listen', 'serve the callback page and finish every consent that comes in', 'listen --port 8080')
    .addOption(port('--port <port>', 'on loopback; a reverse proxy stands before it for a public redirect URI', 8080))
    .option('--path <path>', 'the path of the redirect URI', '/callback')
    .option(
      '--trust-proxy [addresses]',
      "tell clients apart by X-Forwarded-For, as this machine's proxy and those at the addresses have it",
    )
    .addOption(duration('--wait <duration>', 'how long to wait for another process', '30s'))
    .action((o: ListenFlags) => run((context) => load('listen').listen(listenCommand(o), context)));
}

const overlapHelp = `
A link is signed with client_secret, for this client_id and redirect_uri. While a secret is being replaced, set the one
before in XERO_CLIENT_SECRET_PREVIOUS (process or .env): the links that it has signed are good until they end.`;

/** How long a link is good: a minute at the least, and as long as a refresh token lives at the most. */
function linkLifetime(): Option {
  const option = duration('--valid-for <duration>', 'how long the link is good, 60d at the most', '14d');
  return option.argParser((text: string) => {
    const lifetimeMs = parseDuration(text);
    if (lifetimeMs >= minuteMs && lifetimeMs <= longestLinkLifetimeMs) return lifetimeMs;
    throw invalid(
      'bad_lifetime',
      'a link is good for 1m at the least and 60d at the most',
      'leave --valid-for out for 14d',
    );
  });
}

interface ConsentFlags {
  readonly check: boolean;
  readonly message?: 'text' | 'html';
  readonly open?: true;
  readonly listen?: true;
  readonly validFor: number;
  readonly replace?: true;
  /** False where none is to be expected any more. */
  readonly expectTenant?: string | false;
  readonly json?: true;
}

function consentCommand(name: string, flags: ConsentFlags): ConsentCommand {
  const { expectTenant } = flags;
  const expected = expectTenant === undefined ? {} : { expectTenant: expectTenant === false ? '' : expectTenant };
  return {
    name,
    isChecked: flags.check,
    isJson: flags.json === true,
    isOpened: flags.open === true,
    isAwaited: flags.listen === true,
    link: { validForMs: flags.validFor, mayReplace: flags.replace === true, ...expected },
    ...(flags.message === undefined ? {} : { message: flags.message }),
  };
}

interface ListenFlags {
  readonly port: number;
  readonly path: string;
  readonly trustProxy?: true | string;
  readonly wait: number;
}

function listenCommand({ port, path, trustProxy, wait }: ListenFlags): ListenCommand {
  const proxies = trustProxy === undefined ? {} : { trustedProxies: trustProxy === true ? '' : trustProxy };
  return { port, path, waitMs: wait, patienceMs: wait, ...proxies };
}

interface ExchangeFlags {
  readonly json?: true;
  readonly expectTenant?: string;
  readonly replace?: true;
  readonly patience: number;
  readonly wait: number;
}

function exchangeOptions({ json, expectTenant, replace, patience, wait }: ExchangeFlags): ExchangeCommand {
  const expected = expectTenant === undefined ? {} : { expectTenant };
  return {
    isJson: json === true,
    patienceMs: patience,
    waitMs: wait,
    mayReplace: replace === true,
    ...expected,
  };
}

/** Both arguments of `exchange` may be left out, and a URL is told from a name by its looks. */
function nameAndUrl(first: string | undefined, second: string | undefined): { name?: string; callbackUrl?: string } {
  const isUrl = (text: string): boolean => /^\s*["'<]?\s*https?:/i.test(text);
  if (first === undefined) return {};
  if (second === undefined) return isUrl(first) ? { callbackUrl: first } : { name: first };
  return { name: first, callbackUrl: second };
}
