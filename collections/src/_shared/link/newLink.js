import { linkMadeAt } from '../../../../scripts/consent/state-check';
import { linkDays } from '../pages/linkDays';
import { setting } from '../request/setting';

/**
 * The claims in the state of a link that is made now.
 * @param {Date} now
 */
export function newLink(now) {
  return {
    name: String(pm.environment.name),
    madeAt: linkMadeAt({ connectedAt: setting('connected_at') }, now),
    goodUntil: new Date(now.getTime() + linkDays() * 86_400_000),
    mayReplace: false,
  };
}
