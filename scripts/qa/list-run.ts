import type { Context } from '../context';
import { playableScenarios } from './play/live';
import { matchingScenarios } from './play/select';

export interface ListCommand {
  /** As of a run. */
  readonly grep: readonly string[];
  /** Only those that Xero itself can bear. */
  readonly isLive: boolean;
  readonly isJson: boolean;
}

/** Says which scenarios a run would play. @throws Failure `invalid` when there is none */
export function listRun(
  { grep, isLive: isLiveOnly, isJson }: ListCommand,
  { console }: Pick<Context, 'console'>,
): number {
  const chosen = matchingScenarios(playableScenarios(isLiveOnly).playable, grep);
  const scenarios = chosen.map(({ id, title, isLive }) => ({ id, title, isLive }));
  if (isJson) console.print(JSON.stringify({ scenarios }, null, 2));
  else for (const { id, title, isLive } of scenarios) console.print(`${id}  ${title}${isLive ? ' (also --live)' : ''}`);
  return 0;
}
