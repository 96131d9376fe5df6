import type { Command } from 'commander';
import { appTypes } from '../core/settings';
import { command, duration, load, type Run } from './command';

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
    .addOption(duration('--patience <duration>', 'how long to go on asking', '60s'))
    .addOption(duration('--wait <duration>', 'how long to wait for another process', '30s'))
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
