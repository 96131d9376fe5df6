import { setting } from '../../_shared/request/setting';
/** @import { Step } from './readStep' */

/**
 * A connection that is cut fails a run of plain Newman, whatever its tests say. So where a step wants that, the sandbox
 * sends the request on from itself to its address, and it is that connection which is cut. With `real_cuts`, which
 * evergrant qa sets, the request goes straight to its address.
 * @param {Step} step
 */
export function takeLine({ expect }) {
  if (!expect.isUnanswered || setting('real_cuts') !== '') return;
  const address = encodeURIComponent(pm.variables.replaceIn(pm.request.url.toString()));
  pm.request.url.update(`${setting('sandbox_url')}/sandbox/line?to=${address}`);
}
