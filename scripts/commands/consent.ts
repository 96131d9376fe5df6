import { randomBytes } from 'node:crypto';
import { Option, type Command } from 'commander';
import { awaitCallback, type AwaitedCallback } from '../consent/awaited-callback';
import { checkLink } from '../consent/check-link';
import { printConnected } from '../consent/connected';
import type { ConsentLink, LinkOrder } from '../consent/link';
import { consentHtml, consentText } from '../consent/message';
import { appConnections } from '../consent/limit/app-connections';
import { fullness, limitHint, type AppConnections } from '../consent/limit/limit';
import { linkSettings, newLink } from '../consent/new-link';
import { scopeProblems } from '../consent/scopes';
import { longestLinkLifetimeMs } from '../consent/state';
import { environmentNamed, type Context } from '../context';
import { secretsOf, settingIn, valueOf } from '../environment/environment';
import { plainName } from '../environment/plain-name';
import { grantOf } from '../environment/grant';
import type { Settings } from '../environment/settings';
import { heldName, heldTenantId } from '../environment/tenant';
import { invalid } from '../errors';
import { minuteMs, parseDuration, formatDuration } from '../text/duration';
import { scrub } from '../text/scrub';
import { addNote, command, duration, type Run } from './options';

export interface ConsentCommand {
  readonly name: string;
  /** Check the link with Xero first. */
  readonly check: boolean;
  /** Print a note to send to the customer, not the bare link. */
  readonly message?: 'text' | 'html' | undefined;
  /** Open the link in this machine's browser. */
  readonly open: boolean;
  /** Catch the callback on the loopback `redirect_uri` and finish. */
  readonly listen: boolean;
  readonly isJson: boolean;
  readonly link: LinkOrder;
}

interface ConsentFlags {
  readonly check: boolean;
  readonly message?: 'text' | 'html';
  readonly open?: boolean;
  readonly listen?: boolean;
  readonly validFor: number;
  readonly replace?: boolean;
  /** False for `--no-expect-tenant`: from now on any organisation is accepted. */
  readonly expectTenant?: string | false;
  readonly json?: boolean;
}

export function define(program: Command, run: Run): void {
  const verb = command(program, 'consent <name>', 'print the consent link, checked with Xero first', 'consent acme')
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
    .action((name: string, { check, message, open = false, listen = false, json = false, ...flags }: ConsentFlags) => {
      const expectTenant = flags.expectTenant === false ? '' : flags.expectTenant;
      const link = { validForMs: flags.validFor, mayReplace: flags.replace === true, expectTenant };
      return run((context) => consent({ name, check, message, open, listen, isJson: json, link }, context));
    });
  addNote(verb, overlapHelp);
}

const overlapHelp =
  'A link is signed with client_secret, for this client_id and redirect_uri. While a secret is being replaced, set the one before in XERO_CLIENT_SECRET_PREVIOUS (process or .env): the links that it has signed are good until they end.';

/** How long a link is valid: at least a minute, at most the lifetime of a refresh token. */
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

/** Prints the link that a person with access to the Xero organisation opens once. Doesn't change the connection. */
export async function consent(options: ConsentCommand, context: Context): Promise<number> {
  const stored = environmentNamed(context, options.name);
  const settings = await linkSettings(stored, context.env());
  const awaited = options.listen
    ? await awaitCallback(stored, settings, options.link.expectTenant, context)
    : undefined;
  if (options.check) await checkLink(settings, context);
  const limit = options.check ? await appConnections(settings, context) : undefined;
  const link = await newLink(stored, settings, options.link, context.now(), randomBytes);
  printLink(link, settings, options, context);
  if (limit !== undefined) printLimit(limit, context);
  if (options.open) await openBrowser(link.url);
  return awaited === undefined ? 0 : await finish(awaited, options, context);
}

function printLink(link: ConsentLink, settings: Settings, options: ConsentCommand, context: Context): void {
  const { console } = context;
  const { environment } = settings;
  const { url, goodUntil, changes } = link;
  const expectedTenant = changes.expected_tenant ?? valueOf(environment, 'expected_tenant');
  const { mayReplace } = options.link;
  const organisation = mayReplace ? '' : heldName(environment);
  const sender = plainName(scrub(settingIn(environment, 'sender'), secretsOf(environment)));
  const note = { url, scopes: settings.value('scopes'), goodUntil, organisation, sender };
  if (options.isJson) {
    const tenantId = heldTenantId(environment);
    const result = { environment: environment.name, tenantId, url, expiresAt: goodUntil, mayReplace };
    console.print(JSON.stringify({ ...result, expectedTenant: expectedTenant || null }, null, 2));
  } else if (options.message === undefined) console.print(url);
  else console.print(options.message === 'html' ? consentHtml(note) : consentText(note));
  const next = options.listen
    ? 'waiting for the browser to come back (Ctrl-C ends it)'
    : `when it has come back, paste its address: npx evergrant exchange ${environment.name}`;
  const until = `${goodUntil.toISOString().slice(0, 16).replace('T', ' ')} UTC, for ${formatDuration(options.link.validForMs)}`;
  console.tell(`good until ${until}, and for one success; ${next}`);
  printOrganisation(settings, expectedTenant, options.link, context);
  for (const { problem, mend } of scopeProblems(settings.value('scopes'))) {
    console.say(`${console.style.yellow('note')}: ${problem}\n  → ${mend}`);
  }
}

/** Warns before the customer meets it. A link for the organisation that is connected already needs no further connection. */
function printLimit(connections: AppConnections, { console }: Context): void {
  const why = connections.holdsOwn ? undefined : fullness(connections);
  if (why === undefined) return;
  console.say(`${console.style.yellow('ATTENTION')}: ${why}: Xero may refuse a further one\n  → ${limitHint}`);
}

/** Says which organisations the link can connect. */
function printOrganisation(
  { environment }: Settings,
  expected: string,
  { mayReplace }: LinkOrder,
  context: Context,
): void {
  const { name } = environment;
  const held = heldName(environment) || valueOf(environment, 'tenant_id');
  const isAlive = !['consent_needed', 'never_connected'].includes(grantOf(environment, context.now()).state);
  if (held !== '' && isAlive) {
    const other = mayReplace
      ? 'another organisation will take its place'
      : `another organisation will be refused; to change it: npx evergrant consent ${name} --replace`;
    context.console.tell(`${name} is connected to ${held}: the same may be chosen again, ${other}`);
  } else if (held !== '') context.console.tell(`${name} was connected to ${held}: the same is to be chosen again`);
  if (expected !== '') {
    context.console.tell(
      `${name} expects ${expected}: any other organisation will be refused, until --expect-tenant says otherwise`,
    );
  }
}

async function openBrowser(url: string): Promise<void> {
  const { default: open } = await import('open');
  await open(url);
}

async function finish(
  { finished, close }: AwaitedCallback,
  options: ConsentCommand,
  context: Context,
): Promise<number> {
  const { connected, failure } = await finished;
  await close();
  if (failure !== undefined) throw failure;
  if (connected !== undefined) printConnected(connected, options.isJson, context);
  return 0;
}
