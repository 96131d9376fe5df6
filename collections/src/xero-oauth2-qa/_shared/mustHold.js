/**
 * A test that lists everything that is wrong, whole: a long text of chai's own is cut.
 * @param {string} name
 * @param {string[]} faults
 */
export function mustHold(name, faults) {
  pm.test(name, () => {
    if (faults.length > 0) pm.expect.fail(faults.join('; '));
  });
}
