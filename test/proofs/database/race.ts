import { makeMachine } from '../../support/machines';
import { startPostgres } from '../../support/postgres';
import type { Result } from '../../support/program';
import { startXeroServer } from '../../support/servers/xero-server';
import { runAtOnce } from '../support/barrier';
import type { Findings } from '../support/proof';

/** The program's longest patience: processes by the hundred on two cores take their time. */
const waiting = ['--wait', '500s', '--patience', '120s'];

/**
 * Processes of two machines ask at once for the token of one connection that is due, half of them by `token` and half by
 * `refresh`. The server has as many connections as PostgreSQL's own configuration gives it: fewer than there are processes.
 */
export async function race({ processes }: { readonly processes: number }): Promise<Findings> {
  const [server, xero] = await Promise.all([startPostgres(), startXeroServer()]);
  const url = server.database();
  const machines = [makeMachine(url), makeMachine(url)];
  const [first] = machines;
  if (first === undefined) throw new Error('there are two machines');
  try {
    await first.run(['store', 'migrate']);
    const connected = xero.connectedRows();
    const due = { ...connected, access_token_expires_at: '2026-01-01T00:00:00.000Z' };
    await first.run(['adopt', 'acme', '-'], { input: xero.environment('web', 'acme', due) });
    const commands = Array.from({ length: processes / 2 }, (_, number) =>
      number % 2 === 0 ? ['token', 'acme', ...waiting] : ['refresh', 'acme', '--json', ...waiting],
    );
    const own = ({ stateFolder }: (typeof machines)[number]): Record<string, string> => ({
      EVERGRANT_STORE: url,
      XDG_STATE_HOME: stateFolder,
      EVERGRANT_DEBUG: '1',
    });
    const results = (await Promise.all(machines.map((one) => runAtOnce(one.folder, commands, own(one))))).flat();
    const isNew = (token: string): boolean => token !== connected['access_token'] && xero.secrets.has(token);
    const failures = results.flatMap((result) => problemOf(result, isNew));
    if (xero.redemptions() !== 1) failures.push(`the token was redeemed ${xero.redemptions()} times`);
    const asked = xero.requests.filter(({ endpoint }) => endpoint === 'token').length;
    return { figures: { redemptions: xero.redemptions(), 'times asked': asked }, failures };
  } finally {
    for (const one of machines) one.remove();
    await Promise.all([server.remove(), xero.close()]);
  }
}

/** A process that is stopped for a minute and a half loses its lease, and its answer is as good as the next one's. */
function problemOf({ code, stdout, stderr }: Result, isNew: (token: string) => boolean): string[] {
  if (code !== 0) return [`a process exited with ${code}: ${stderr.slice(0, 300)}`];
  const isToken = isNew(stdout.trimEnd());
  const isRefresh = /"generation": [3-9]\b/.test(stdout) && /"outcome": "(refreshed|adopted|not_due)"/.test(stdout);
  return isToken || isRefresh ? [] : ['a process ended well with a token that is not new'];
}
