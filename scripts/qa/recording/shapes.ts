import { instantName, instantPattern, numberName } from './instants';
import type { Placeholders } from './placeholders';

// A percent-encoded character comes first, so that its digits belong to nothing else.
const shape = new RegExp(
  `%[0-9A-Fa-f]{2}|${instantPattern}|(?<email>[\\w.+-]{1,64}@[\\w-]+\\.[\\w.-]*\\w)|(?<short>![0-9a-f]{5}(?![\\w-]))|(?<spaces> {200,})|(?<run>[\\w-]+)`,
  'g',
);
const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;

/** Letters and digits without a break as long as this are no word. */
const shortestOpaque = 40;

/** Names what can be told from its looks: ids, instants, e-mail addresses, and long runs that are no words. */
export function nameShapes(text: string, table: Placeholders, clock: Date | undefined): string {
  return text.replace(shape, (found: string, ...rest: unknown[]) => {
    const groups = rest.at(-1) as Record<string, string | undefined>; // named groups come last
    const { email, short, spaces, run } = groups;
    if (run !== undefined) return nameRun(run, table, clock);
    if (email !== undefined) return `‹${table.nameOf('email', email)}›`;
    if (short !== undefined) return `‹${table.nameOf('short_code', short)}›`;
    if (spaces !== undefined) return `‹spaces ${spaces.length}›`;
    return found.startsWith('%') ? found : `‹${instantName(groups, clock)}›`;
  });
}

function nameRun(run: string, table: Placeholders, clock: Date | undefined): string {
  const number = numberName(run, clock);
  if (number !== undefined) return `‹${number}›`;
  if (/^[0-9a-f]{32}$/i.test(run)) return `‹${table.nameOf('hex', run)}›`;
  const withoutIds = run.replaceAll(uuid, (id) => `‹${table.nameOf('uuid', id)}›`);
  if (withoutIds !== run) return withoutIds;
  return run.length >= shortestOpaque ? `‹${table.nameOf('opaque', run)}›` : run;
}
