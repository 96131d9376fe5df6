/**
 * A setting without the blanks and line breaks that came along when it was pasted, '' when there is none; the request sees
 * it so, too. A data file may fill in plain settings, Globals also what secrets belong to; the rest is the environment's.
 * Local variables last for a whole run, so one is made only where it makes a difference, and never read.
 * @param {string} key
 * @returns {string}
 */
export function setting(key) {
  const isPlain = /^(app_type|client_id|redirect_uri|scopes|link_days|random_bytes)$/.test(key);
  const isShared = /^(client_secret|connection_id|(authorize|token|revocation|connections|api)_url)$/.test(key);
  const scopes = [isPlain && pm.iterationData, pm.environment, (isPlain || isShared) && pm.globals];
  const value = scopes.map((scope) => (scope ? String(scope.get(key) ?? '').trim() : '')).find(Boolean) ?? '';
  pm.variables.unset(key);
  if (pm.variables.get(key) !== value) pm.variables.set(key, value);
  return value;
}
