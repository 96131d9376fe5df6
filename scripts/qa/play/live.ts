import { textOf, valueOf, type Environment } from '../../environment/environment';
import { invalid } from '../../errors';
import { readScenarios, type QaScenario } from './read-scenarios';

/** A scenario that is not played against Xero itself, and why. */
export interface LeftOut {
  readonly id: string;
  readonly why: string;
}

const setUp = 'Set-up for the sandbox.';

interface Playable {
  readonly playable: readonly QaScenario[];
  readonly leftOut: readonly LeftOut[];
}

/** The scenarios that can be played: against the sandbox all of them. */
export function playableScenarios(isLive: boolean): Playable {
  const all = readScenarios();
  return isLive ? liveScenarios(all) : { playable: all, leftOut: [] };
}

/** What Xero itself can bear of the scenarios, without the steps that only set the sandbox's stage. */
function liveScenarios(all: readonly QaScenario[]): Playable {
  const leftOut = all.filter(({ isLive }) => !isLive).map((scenario) => ({ id: scenario.id, why: whyNot(scenario) }));
  return { playable: all.filter(({ isLive }) => isLive).map(withoutSetUp), leftOut };
}

function withoutSetUp(scenario: QaScenario): QaScenario {
  const [folder] = scenario.collection.item;
  const item = (folder?.item ?? []).filter(({ request }) => !request.description.includes(setUp));
  return withItems(scenario, item);
}

/** The same scenario with some of its requests only. */
export function withItems(scenario: QaScenario, item: QaScenario['collection']['item'][number]['item']): QaScenario {
  const [folder] = scenario.collection.item;
  if (folder === undefined) throw new Error('a scenario is one folder');
  const collection = { ...scenario.collection, item: [{ ...folder, item }] };
  return { ...scenario, steps: item.map(({ name }) => name), collection };
}

const reasons = [
  ['/sandbox/clock', 'it moves the clock'],
  ['/sandbox/faults', 'it makes Xero fail'],
  ['/sandbox/variants', 'it chooses how Xero behaves'],
  ['/sandbox/apps', 'it makes apps'],
  ['"cancel"', 'it plays a customer'],
  ['/sandbox/consent', 'it plays a customer'],
] as const;

function whyNot({ collection }: QaScenario): string {
  const text = JSON.stringify(collection.item);
  return reasons.find(([sign]) => text.includes(sign))?.[1] ?? 'it changes what is set at Xero';
}

/**
 * QA spends calls and makes refusals: no environment that somebody marked as the real thing is used for it.
 * @throws Failure `invalid` for an environment with a row `production`, or `stage` or `environment` that says so
 */
export function refuseProduction(environment: Environment): void {
  const mark = environment.variables.find(({ key, value, enabled }) => {
    const said = textOf(value).toLowerCase();
    const isFlag = /^(is_)?production$/i.test(key) && !['', 'false', 'no', '0'].includes(said);
    return enabled && (isFlag || (/^(stage|environment)$/i.test(key) && /^prod(uction)?$/.test(said)));
  });
  if (mark === undefined) return;
  throw invalid(
    'production',
    `${environment.name} is marked as production (${mark.key})`,
    'QA needs an environment of a demo company: make one: npx evergrant init NAME',
  );
}

/** QA against Xero itself needs a connection that is there. @throws Failure `invalid` for one that was never made */
export function requireConnection(environment: Environment): void {
  if (valueOf(environment, 'refresh_token') !== '') return;
  const { name } = environment;
  throw invalid('not_connected', `${name} is not connected`, `connect it first: npx evergrant consent ${name}`);
}
