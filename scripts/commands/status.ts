import { homeOf, type Context } from '../context';
import { sayDuration } from '../core/duration';
import { duplicateGrants, ownedBy, sayDuplicates } from '../core/duplicates';
import { valueOf, type Environment } from '../core/environment';
import { grantOf, type GrantState } from '../core/grant';
import { Failure } from '../errors';
import { failureOf, type Style } from '../io/console';
import { listEnvironments } from '../io/environment-files';

export interface StatusCommand {
  readonly names: readonly string[];
  readonly isJson: boolean;
}

/** One line of `status --json`; the contract fixes the names. */
export interface StatusLine {
  readonly environment: string;
  readonly appType: string | null;
  readonly state: GrantState;
  readonly tenantName: string | null;
  readonly accessTokenExpiresAt: string | null;
  readonly refreshTokenExpiresAt: string | null;
  readonly error: { readonly code: string; readonly message: string; readonly hint: string } | null;
}

/** What every environment's file says of its connection. Asks nobody, spends nothing, writes nothing. */
export async function status({ names, isJson }: StatusCommand, context: Context): Promise<number> {
  const { console } = context;
  const lines = (names.length > 0 ? names : listEnvironments(context.folder)).map((name) => lineOf(name, context));
  if (isJson) console.print(JSON.stringify({ environments: lines.map(({ line }) => line) }, null, 2));
  else
    sayBoard(
      lines.map(({ line }) => line),
      context,
    );
  for (const group of duplicateGrants(lines.flatMap(({ read }) => (read ? ownedBy(read) : []))))
    console.say(`note: ${sayDuplicates(group)}`);
  return names.length > 0 && lines.some(({ line }) => line.state === 'invalid') ? 2 : 0;
}

function lineOf(name: string, context: Context): { line: StatusLine; read?: Environment } {
  try {
    const environment = homeOf(context, name).read();
    const grant = grantOf(environment, context.now());
    const line: StatusLine = {
      environment: environment.name,
      appType: valueOf(environment, 'app_type') || null,
      state: grant.state,
      tenantName: valueOf(environment, 'tenant_name') || null,
      accessTokenExpiresAt: grant.accessTokenExpiresAt?.toISOString() ?? null,
      refreshTokenExpiresAt: grant.refreshTokenExpiresAt?.toISOString() ?? null,
      error: null,
    };
    return { line, read: environment };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { code, message, hint } = failureOf(error, context.console);
    const nothing = { appType: null, tenantName: null, accessTokenExpiresAt: null, refreshTokenExpiresAt: null };
    return { line: { environment: name, state: 'invalid', ...nothing, error: { code, message, hint } } };
  }
}

function sayBoard(lines: readonly StatusLine[], { console, folder, now }: Context): void {
  if (lines.length === 0) {
    console.say(`no environments in ${folder}\n  → make one: npx evergrant init NAME`);
    return;
  }
  const header = ['ENVIRONMENT', 'STATE', 'ORGANISATION', 'ACCESS TOKEN', 'CONSENT NEEDED BY'];
  const rows = lines.map((line) => [
    line.environment,
    line.state.replaceAll('_', ' '),
    line.tenantName ?? '-',
    sayLeft(line.accessTokenExpiresAt, now()),
    line.state === 'consent_needed' || line.state === 'never_connected'
      ? 'now'
      : (line.refreshTokenExpiresAt?.slice(0, 10) ?? '-'),
  ]);
  const widths = header.map((_, column) => Math.max(...[header, ...rows].map((row) => row[column]?.length ?? 0)));
  const pad = (row: readonly string[]): string[] => row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
  console.print(console.style.dim(pad(header).join('  ').trimEnd()));
  rows.forEach((row, index) => {
    const [name = '', state = '', ...rest] = pad(row);
    console.print([name, colourOf(console.style, lines[index]?.state)(state), ...rest].join('  ').trimEnd());
  });
  for (const { error } of lines) if (error !== null) console.say(`${error.message}\n  → ${error.hint}`);
}

function colourOf(style: Style, state: GrantState | undefined): (text: string) => string {
  if (state === 'connected') return style.green;
  return state === 'interrupted' || state === 'never_connected' ? style.yellow : style.red;
}

function sayLeft(expiresAt: string | null, now: Date): string {
  if (expiresAt === null) return '-';
  const leftMs = Date.parse(expiresAt) - now.getTime();
  return leftMs > 0 ? `${sayDuration(leftMs)} left` : 'expired';
}
