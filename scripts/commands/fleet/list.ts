import type { Command } from 'commander';
import { storeOf, type Context } from '../../context';
import { grantOf, type GrantState } from '../../environment/grant';
import { unusableRow } from '../../environment/row-faults';
import { heldTenantId } from '../../environment/tenant';
import { typed } from '../../errors';
import { command, type Run } from '../options';

/** One line of `list --json`; the contract fixes the names. */
interface ListLine {
  readonly environment: string;
  readonly state: GrantState;
  readonly tenantId: string | null;
}

export function define(program: Command, run: Run): void {
  command(program, 'list', 'print the names of the environments, one a line', 'list')
    .option('--json', 'print JSON, with the state and the tenant id of each')
    .action(({ json = false }: { json?: boolean }) => run((context) => list(json, context)));
}

/** Prints the names of the environments, sorted, and nothing else: for scripts and for completion. */
export async function list(isJson: boolean, context: Context): Promise<number> {
  if (isJson) context.console.print(JSON.stringify({ environments: await linesOf(context) }, null, 2));
  else for (const name of await storeOf(context).names()) context.console.print(typed(name));
  return 0;
}

async function linesOf(context: Context): Promise<ListLine[]> {
  const store = storeOf(context);
  const lines: ListLine[] = [];
  for await (const look of store.overview?.sights(undefined) ?? store.look(await store.names())) {
    if ('error' in look) lines.push({ environment: typed(look.given), state: 'invalid', tenantId: null });
    else {
      const { environment } = look;
      const isUsable = unusableRow(environment, environment.name) === undefined;
      const state = isUsable ? grantOf(environment, context.now()).state : 'invalid';
      lines.push({ environment: environment.name, state, tenantId: heldTenantId(environment) });
    }
  }
  return lines;
}
