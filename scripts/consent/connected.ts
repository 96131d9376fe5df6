import type { Context } from '../context';
import { valueOf } from '../environment/environment';
import { grantOf } from '../environment/grant';
import { formatMinute } from '../history/timeline';
import { scrub } from '../text/scrub';
import type { Connected } from './connect';
import { peekState } from './state';

/** Prints which organisation a consent has connected, with warnings. */
export function printConnected(connected: Connected, isJson: boolean, { console, now }: Context): void {
  const { environment, tenantName, others, isAlready = false } = connected;
  const tenantId = scrub(connected.tenantId, console.secrets);
  const { name } = environment;
  const { generation, refreshTokenExpiresAt } = grantOf(environment, now());
  if (isJson) {
    const replacedTenantName = connected.replaced?.tenantName ?? null;
    const organisations = { tenantId, tenantName, others, replacedTenantName, isAlready };
    const result = { environment: name, ...organisations, generation, refreshTokenExpiresAt };
    console.print(JSON.stringify(result, null, 2));
  } else if (isAlready) {
    console.print(formatAlready(connected));
  } else {
    console.print(
      `${console.style.green(name)}: connected to ${tenantName || tenantId}; keep it with npx evergrant refresh ${name}`,
    );
  }
  if (others.length > 0) console.tell(`note: the same consent has also connected ${others.join(', ')}`);
  const warning = formatReplaced(connected);
  if (warning !== undefined) console.say(`${console.style.yellow('ATTENTION')}: ${warning}`);
}

/** What is said of a callback that was used before, and whose connection lives. */
export function formatAlready({ environment, tenantName, tenantId }: Connected): string {
  const at = new Date(valueOf(environment, 'connected_at'));
  const since = Number.isNaN(at.getTime()) ? '' : ` since ${formatMinute(at)} UTC`;
  return `${environment.name}: is connected to ${tenantName || tenantId} already${since}; this callback was used before, and nothing was changed`;
}

/** The warning when a consent brought another organisation; undefined when it brought the same. */
export function formatReplaced({ environment: { name }, tenantName, replaced }: Connected): string | undefined {
  if (replaced === undefined) return undefined;
  const { tenantName: old, generation } = replaced;
  return `${name} was connected to ${old} and is now connected to ${tenantName}; if that is wrong: npx evergrant restore ${name} ${generation}`;
}

/** The warning for a consent whose link was made by an earlier version; undefined for any other link. */
export function formatOldLink(state: string, name: string): string | undefined {
  if (peekState(state)?.isOldForm !== true) return undefined;
  return `${name} was connected by a link that an earlier version has made, which is bound to no app; make no more of them: update the program and the collection where it was made`;
}
