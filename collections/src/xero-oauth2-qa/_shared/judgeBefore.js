/**
 * Whether the main collection's script let the request go, or held it back, as the step expects.
 * @param {{ complaints: string[], isHeldBack: boolean }} seen
 */
function judgeBefore({ complaints, isHeldBack }) {
  const expected = JSON.parse(pm.variables.get('step_expected'));
  const said = complaints.join('; ');
  if (expected.heldBack === undefined) {
    pm.test('the request can be sent', () => pm.expect(said).to.equal(''));
    return;
  }
  pm.test('the request is held back', () => pm.expect(isHeldBack).to.equal(true));
  pm.test('the script says why', () => pm.expect(said).to.include(pm.variables.replaceIn(expected.heldBack)));
  judgeEnvironment(expected);
}
