import type { Command } from 'commander';
import { storeOf, type Context } from '../../context';
import { invalid, quoted } from '../../errors';
import { foundIn, isAbout, type Found } from '../../status/find';
import { layOut } from '../../text/columns';
import { command, type Run } from '../options';

export interface FindCommand {
  readonly text: string;
  readonly isJson: boolean;
}

export function define(program: Command, run: Run): void {
  command(
    program,
    'find <text>',
    'which environments are of an organisation (name or tenant id), or of a user (id or e-mail)',
    'find "maple bakery"',
  )
    .option('--json', 'print JSON')
    .action((text: string, { json = false }: { json?: boolean }) =>
      run((context) => find({ text, isJson: json }, context)),
    );
}

/** Prints the environments that a text is about. Sends no request. @throws Failure `invalid` for an empty text */
export async function find({ text, isJson }: FindCommand, context: Context): Promise<number> {
  if (text.trim() === '') throw invalid('nothing_to_find', 'an empty text is about nothing', 'name an organisation');
  const store = storeOf(context);
  const found: Found[] = [];
  for await (const look of store.overview?.sights(undefined) ?? store.look(await store.names())) {
    if ('environment' in look && isAbout(look.environment, text)) found.push(foundIn(look.environment));
  }
  if (isJson) context.console.print(JSON.stringify({ environments: found }, null, 2));
  else printFound(found, context);
  if (found.length === 0) context.console.say(`no environment in ${store.where} is about ${quoted(text)}`);
  return 0;
}

function printFound(found: readonly Found[], { console }: Context): void {
  if (found.length === 0) return;
  const columns = ['ENVIRONMENT', 'ORGANISATION', 'TENANT'].map((title, givesWay) => ({
    title,
    narrowest: 10,
    givesWay,
  }));
  const cells = found.map(({ environment, tenantName, tenantId }) => [environment, tenantName ?? '-', tenantId ?? '-']);
  for (const line of layOut(columns, cells, console.columns() ?? Infinity)) console.print(line.join('  ').trimEnd());
}
