import { judgeEnvironment } from './judgeEnvironment';
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
    pm.test('the request can be sent', () => pm.expect(said).to.equal(''));
    return;
  }
  pm.test('the request is held back', () => pm.expect(isHeldBack).to.equal(true));
  pm.test('the script says why', () => pm.expect(said).to.include(pm.variables.replaceIn(expect.heldBack)));
  judgeEnvironment(expect);
}
