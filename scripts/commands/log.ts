import type { Command } from 'commander';
import { environmentNamed, storeOf, type Context } from '../context';
import type { Environment } from '../environment/environment';
import { readable, type StoredEnvironment } from '../environment/store';
import { heldTenantId } from '../environment/tenant';
import { formatMinute, timelineOf, type TimelineEntry } from '../history/timeline';
import { command, type Run } from './options';

export interface LogCommand {
  readonly name: string;
  readonly isJson: boolean;
}

export function define(program: Command, run: Run): void {
  command(
    program,
    'log <name>',
    "show an environment's history: when it was refreshed, and what went wrong",
    'log acme',
  )
    .option('--json', 'print JSON')
    .action((name: string, { json = false }: { json?: boolean }) =>
      run((context) => log({ name, isJson: json }, context)),
    );
}

/** Prints what happened to an environment, from the log beside its file. Sends no request. */
export async function log({ name, isJson }: LogCommand, context: Context): Promise<number> {
  const { console } = context;
  const stored = environmentNamed(context, name);
  const attempts = await stored.attempts();
  const read = (): Promise<Environment> => shown(stored, context);
  if (attempts.length === 0) await read(); // throws for a name that means no environment
  if (isJson) {
    const held = await readable({ read });
    const tenantId = held === undefined ? null : heldTenantId(held);
    console.print(JSON.stringify({ environment: stored.name, tenantId, attempts }, null, 2));
    return 0;
  }
  for (const line of linesOf(timelineOf(attempts), context)) console.print(line);
  console.tell(attempts.length === 0 ? `nobody has tried to refresh ${stored.name} yet` : 'times are in UTC');
  return 0;
}

/** Enough of an environment for what is shown of it. @throws Failure `invalid` */
async function shown(stored: StoredEnvironment, context: Context): Promise<Environment> {
  for await (const sight of storeOf(context).overview?.sights([stored.name]) ?? []) {
    if ('error' in sight) throw sight.error;
    return sight.environment;
  }
  return await stored.read();
}

/** One line for each entry, and a heading for each day. */
function linesOf(entries: readonly TimelineEntry[], { console: { style } }: Context): string[] {
  const times = entries.map(timeOf);
  const width = Math.max(0, ...times.map(({ length }) => length));
  return entries.flatMap((entry, at) => {
    const [day, before] = [dayOf(entry.from), entries[at - 1]];
    const heading = before === undefined || dayOf(before.from) !== day ? [style.bold(day)] : [];
    const sentence = entry.isTrouble ? style.yellow(entry.sentence) : entry.sentence;
    return [...heading, `  ${style.dim((times[at] ?? '').padEnd(width))}  ${sentence}`];
  });
}

/** `09:20` or `09:20–17:40`; the end has its day when that is another one. */
function timeOf({ from, to }: TimelineEntry): string {
  const [begin, end] = [formatMinute(from).slice(11), formatMinute(to)];
  if (dayOf(from) !== dayOf(to)) return `${begin}–${end}`;
  return begin === end.slice(11) ? begin : `${begin}–${end.slice(11)}`;
}

function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}
