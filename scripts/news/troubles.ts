import type { Trouble } from '../history/trouble';
import { minuteMs } from '../text/duration';

/** What a run found of one environment. */
export interface Finding {
  readonly name: string;
  /** Undefined: it is well. `unknown`: the run says nothing of it. */
  readonly trouble: Pick<Trouble, 'outcome' | 'code'> | 'unknown' | undefined;
  /** Nobody is told that it is over: an environment that was handed over, or a note. */
  readonly endsInSilence?: boolean | undefined;
}

/** Troubles with one cause. */
export interface Cause extends Pick<Trouble, 'outcome' | 'code'> {
  readonly since: Date;
  readonly names: readonly string[];
}

/** What has changed since people were last told: what to tell now, and what is known from now on. */
export interface News {
  readonly begun: readonly Cause[];
  readonly ended: readonly Cause[];
  readonly known: readonly Trouble[];
}

/** A run, as far as news go. */
export interface Run {
  readonly findings: readonly Finding[];
  /** Whether Xero gave tokens to any environment. */
  readonly isXeroAnswering: boolean;
  readonly now: Date;
}

/** Outcomes that mend themselves, and that many environments have at the same time for one reason. */
const passing: readonly string[] = ['temporary_failure', 'busy'];

/** After this long, an environment that fails while others are refreshed has a trouble of its own. */
const ownTroubleMs = 30 * minuteMs;

/**
 * Compares what a run found with what people were told, by outcomes and not by texts:
 * - a trouble that stays, such as a refused secret, begins and ends once for each environment;
 * - a trouble that passes, such as Xero's silence, begins with the first environment that has it, whoever joins later,
 *   and ends with the last; meanwhile an environment's own trouble neither ends nor begins again;
 * - an environment that nothing was found of keeps what was known; one that is gone is forgotten.
 */
export function newsOf(before: readonly Trouble[], { findings, isXeroAnswering, now }: Run): News {
  const byName = groupsOf(before, ({ name }) => name);
  const known = findings.flatMap((finding) =>
    knownAfter(finding, byName.get(finding.name) ?? [], { isXeroAnswering, now }),
  );
  const [sharedBefore, sharedNow] = [sharedCausesOf(before), sharedCausesOf(known)];
  const has = (causes: ReadonlySet<string>, one: Trouble): boolean => isShared(one) && causes.has(causeOf(one));
  const isKnown = (one: Trouble): boolean =>
    (byName.get(one.name) ?? []).some((other) => isSameCause(other, one)) || has(sharedBefore, one);
  const after = groupsOf(known, ({ name }) => name);
  const silent = new Set(findings.flatMap(({ name, endsInSilence = false }) => (endsInSilence ? [name] : [])));
  const present = new Set(findings.map(({ name }) => name));
  const isOver = (one: Trouble): boolean =>
    present.has(one.name) &&
    !silent.has(one.name) &&
    !(after.get(one.name) ?? []).some((other) => isSameCause(other, one) || isShared(other) === isShared(one)) &&
    !has(sharedNow, one);
  const begun = known.filter((one) => !isKnown(one));
  return { begun: causesOf(begun), ended: causesOf(before.filter(isOver)), known };
}

/** What is known of one environment after a run. */
function knownAfter(
  { name, trouble }: Finding,
  before: readonly Trouble[],
  { isXeroAnswering, now }: Pick<Run, 'isXeroAnswering' | 'now'>,
): readonly Trouble[] {
  if (trouble === undefined) return [];
  if (trouble === 'unknown') return before;
  const fresh = { name, ...trouble, since: now, saidAt: now, isOwn: false };
  const same = before.find((one) => isSameCause(one, fresh));
  if (!passing.includes(trouble.outcome)) return [same ?? fresh];
  const staying = before.filter((one) => !passing.includes(one.outcome));
  const isOwn = same !== undefined && isXeroAnswering && now.getTime() - same.since.getTime() >= ownTroubleMs;
  return [...staying, same === undefined ? fresh : { ...same, isOwn: same.isOwn || isOwn }];
}

function groupsOf<T>(all: readonly T[], keyOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const group = groups.get(keyOf(one));
    if (group === undefined) groups.set(keyOf(one), [one]);
    else group.push(one);
  }
  return groups;
}

function isShared({ outcome, isOwn }: Trouble): boolean {
  return passing.includes(outcome) && !isOwn;
}

function sharedCausesOf(troubles: readonly Trouble[]): Set<string> {
  return new Set(troubles.filter(isShared).map(causeOf));
}

function isSameCause(one: Pick<Trouble, 'outcome' | 'code'>, other: Pick<Trouble, 'outcome' | 'code'>): boolean {
  return causeOf(one) === causeOf(other);
}

/** A run that finds a connection ended has another code for it than those that know it, and it is one cause. */
function causeOf({ outcome, code }: Pick<Trouble, 'outcome' | 'code'>): string {
  return outcome === 'consent_needed' ? outcome : `${outcome} ${code}`;
}

/** The troubles by their cause; each began when its first one did. */
export function causesOf(troubles: readonly Trouble[]): Cause[] {
  const groups = groupsOf(troubles, causeOf);
  return [...groups.values()].flatMap((group) => {
    const [first] = group.toSorted((a, b) => a.since.getTime() - b.since.getTime());
    if (first === undefined) return [];
    return [{ outcome: first.outcome, code: first.code, since: first.since, names: group.map(({ name }) => name) }];
  });
}
