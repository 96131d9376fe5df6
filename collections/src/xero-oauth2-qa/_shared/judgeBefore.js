import { judgeEnvironment } from './judgeEnvironment';
import { judgeSaid } from './judgeSaid';
import { mustHold } from './mustHold';
/** @import { Step } from './readStep' */

/**
 * Tests whether the main collection's script sent or skipped the request, as the step expects.
 * @param {Step} step
 * @param {{ complaints: string[], isHeldBack: boolean }} seen
 */
export function judgeBefore({ request, expect }, { complaints, isHeldBack }) {
  const said = complaints.join('; ');
  if (!request && !said) return;
  if (expect.heldBack === undefined) {
    judgeSaid('the request can be sent', said, undefined);
    return;
  }
  mustHold('the request is held back', isHeldBack ? [] : ['it was sent']);
  judgeSaid('the script says why', said, expect.heldBack);
  judgeEnvironment(expect);
}
