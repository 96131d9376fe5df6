/**
 * A setting without the blanks and line breaks that came along when it was pasted, '' when there is none. The request
 * sees it like that too; the environment keeps it as it is. Local variables last for a whole run, so one is made only
 * where it makes a difference, and never read.
 * @param {string} key
 * @returns {string}
 */
function setting(key) {
  const scopes = [pm.iterationData, pm.environment, pm.globals];
  const value = scopes.map((scope) => String(scope.get(key) ?? '').trim()).find(Boolean) ?? '';
  pm.variables.unset(key);
  if (pm.variables.get(key) !== value) pm.variables.set(key, value);
  return value;
}
