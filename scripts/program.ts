import type { Command } from 'commander';
import type { Context } from './context';
import { parseDuration } from './core/duration';
import { appTypes } from './core/settings';
import { invalid } from './errors';

type Action = (context: Context) => Promise<number>;

/** Defines every command: its words, options and example. Its module is loaded when the command runs. */
export function defineCommands(program: Command, contextOf: () => Context, exitWith: (code: number) => void): void {
  const run = async (action: Action): Promise<void> => exitWith(await action(contextOf()));
  program.addHelpText('after', `\nFirst:\n  $ npx evergrant init acme && npx evergrant consent acme`);
  defineConsentCommands(program, run);
  defineRefreshCommands(program, run);
  defineDisconnectCommands(program, run);
  defineSandboxCommands(program, run);
}

type Run = (action: Action) => Promise<void>;

function command(program: Command, usage: string, description: string, example: string): Command {
  return program
    .command(usage)
    .description(description)
    .addHelpText('after', `\nExample:\n  $ npx evergrant ${example}`);
}

function defineConsentCommands(program: Command, run: Run): void {
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
    .option('--json', 'print JSON')
    .action((name: string, o: { check: boolean; json?: true }) =>
      run((context) => load('consent').consent({ name, isChecked: o.check, isJson: o.json === true }, context)),
    );
  command(
    program,
    'exchange [name] [callback-url]',
    'store the tokens of a consent; the callback URL from the argument or stdin',
    `exchange acme 'https://example.com/callback?code=…&state=…'`,
  )
    .option('--json', 'print JSON')
    .option('--patience <duration>', 'how long to go on asking', parseDuration, parseDuration('60s'))
    .option('--wait <duration>', 'how long to wait for another process', parseDuration, parseDuration('30s'))
    .action(
      (first: string | undefined, second: string | undefined, o: { json?: true; patience: number; wait: number }) =>
        run((context) => {
          const { name, callbackUrl } = nameAndUrl(first, second);
          const given = {
            ...(name === undefined ? {} : { name }),
            ...(callbackUrl === undefined ? {} : { callbackUrl }),
          };
          return load('exchange').exchange(
            { ...given, isJson: o.json === true, patienceMs: o.patience, waitMs: o.wait },
            context,
          );
        }),
    );
}

/** Both arguments of `exchange` may be left out, and a URL is told from a name by its looks. */
function nameAndUrl(first: string | undefined, second: string | undefined): { name?: string; callbackUrl?: string } {
  const isUrl = (text: string): boolean => /^\s*["'<]?\s*https?:/i.test(text);
  if (first === undefined) return {};
  if (second === undefined) return isUrl(first) ? { callbackUrl: first } : { name: first };
  return { name: first, callbackUrl: second };
}

interface RefreshFlags {
  readonly all?: true;
  readonly force?: true;
  readonly keepAlive?: true;
  readonly dryRun?: true;
  readonly json?: true;
  readonly report?: string;
  readonly minValidity: number;
  readonly patience: number;
  readonly wait: number;
}

function defineRefreshCommands(program: Command, run: Run): void {
  command(
    program,
    'refresh [names...]',
    'refresh the tokens of environments that are due',
    'refresh acme --min-validity 20m',
  )
    .option('--all', 'every environment in the folder')
    .option('--force', 'due or not')
    .option('--min-validity <duration>', 'due when the access token has less left', parseDuration, parseDuration('15m'))
    .option('--keep-alive', 'due when the last rotation is a day old, whatever the access token has left')
    .option(
      '--patience <duration>',
      'how long to go on asking a server that does not answer',
      parseDuration,
      parseDuration('60s'),
    )
    .option('--wait <duration>', 'how long to wait for another process', parseDuration, parseDuration('30s'))
    .option('--dry-run', 'say what would be done; ask nobody, change nothing')
    .option('--report <dir>', 'write an HTML report of each Newman run there, without secrets')
    .option('--json', 'print JSON')
    .action((names: string[], flags: RefreshFlags) =>
      run((context) => load('refresh').refresh(refreshCommand(names, flags), context)),
    );
  command(program, 'status [names...]', 'show every connection; asks nobody, spends nothing', 'status')
    .option('--json', 'print JSON')
    .action((names: string[], { json }: { json?: true }) =>
      run((context) => load('status').status({ names, isJson: json === true }, context)),
    );
  command(program, 'token <name>', 'print a valid access token, refreshed first if need be', 'token acme --header')
    .option('--header', 'print a whole Authorization header')
    .option('--min-validity <duration>', 'refresh first when it has less left', parseDuration, parseDuration('5m'))
    .option('--patience <duration>', 'how long to go on asking', parseDuration, parseDuration('60s'))
    .option('--wait <duration>', 'how long to wait for another process', parseDuration, parseDuration('30s'))
    .action((name: string, o: RefreshFlags & { header?: true }) => {
      const options = {
        name,
        asHeader: o.header === true,
        minValidityMs: o.minValidity,
        patienceMs: o.patience,
        waitMs: o.wait,
      };
      return run((context) => load('token').token(options, context));
    });
}

function refreshCommand(names: string[], flags: RefreshFlags): import('./commands/refresh').RefreshCommand {
  if ((names.length === 0) === (flags.all === undefined)) {
    throw invalid(
      'which',
      'refresh takes the names of environments, or --all',
      'see what there is: npx evergrant status',
    );
  }
  return {
    names,
    isForced: flags.force === true,
    profile: flags.keepAlive ? { kind: 'keep_alive' } : { kind: 'min_validity', ms: flags.minValidity },
    patienceMs: flags.patience,
    waitMs: flags.wait,
    isDryRun: flags.dryRun === true,
    isJson: flags.json === true,
    ...(flags.report === undefined ? {} : { reportFolder: flags.report }),
  };
}

function defineDisconnectCommands(program: Command, run: Run): void {
  command(
    program,
    'connections <name>',
    "list every organisation that this environment's user has connected",
    'connections acme',
  )
    .option('--json', 'print JSON')
    .action((name: string, { json }: { json?: true }) =>
      run((context) => load('connections').connections({ name, isJson: json === true }, context)),
    );
  command(program, 'revoke <name>', 'disconnect at Xero, then mark the environment', 'revoke acme')
    .option('--connection <id>', 'remove this connection only')
    .action((name: string, { connection }: { connection?: string }) =>
      run((context) =>
        load('revoke').revoke({ name, ...(connection === undefined ? {} : { connectionId: connection }) }, context),
      ),
    );
}

function defineSandboxCommands(program: Command, run: Run): void {
  const collect = (pair: string, pairs: readonly string[]): string[] => [...pairs, pair];
  command(program, 'sandbox', 'run a local Xero look-alike', 'sandbox --port 9080 --state sandbox.json')
    .option('--port <port>', '0 for any free one', Number, 9080)
    .option('--state <file>', 'keep its state there over restarts; in memory only without')
    .option('--variant <name=value>', 'play one of several readings of Xero; may be given again', collect, [])
    .action(({ port, state, variant }: { port: number; state?: string; variant: string[] }) =>
      run((context) => {
        const given = state === undefined ? {} : { stateFile: state };
        return load('sandbox').sandbox({ port, variants: variant, ...given }, context);
      }),
    );
  command(program, 'demo', 'play the whole story on the sandbox', 'demo --manual')
    .option('--manual', 'wait for you in the browser instead of the scripted person')
    .option('--report <dir>', 'where the HTML reports go', 'reports')
    .action(({ manual, report }: { manual?: true; report: string }) =>
      run((context) => load('demo').demo({ isManual: manual === true, reportFolder: report }, context)),
    );
}

interface CommandModules {
  init: typeof import('./commands/init');
  consent: typeof import('./commands/consent');
  exchange: typeof import('./commands/exchange');
  refresh: typeof import('./commands/refresh');
  status: typeof import('./commands/status');
  token: typeof import('./commands/token');
  connections: typeof import('./commands/connections');
  revoke: typeof import('./commands/revoke');
  sandbox: typeof import('./commands/sandbox');
  demo: typeof import('./commands/demo');
}

function load<Name extends keyof CommandModules>(name: Name): CommandModules[Name] {
  return require(`./commands/${name}`) as CommandModules[Name];
}
