/**
 * A setting, with the blanks around it removed that pasting may add; '' when there is none. The request gets the same
 * value. A data file may set plain settings; Globals may also set those that secrets belong to; all others are read from
 * the environment alone. A local variable lasts for a whole run, so it is set only when a value changes, and read only
 * for the vault's secret.
 * @param {string} key
 * @returns {string}
 */
export function setting(key) {
  const isPlain = /^(app_type|client_id|redirect_uri|scopes|link_days|random_bytes|sender)$/.test(key);
  const isShared = /^(client_secret|connection_id|(authorize|token|revocation|connections|api)_url)$/.test(key);
  const scopes = [isPlain && pm.iterationData, pm.environment, (isPlain || isShared) && pm.globals];
  const own = scopes.map((scope) => (scope ? String(scope.get(key) ?? '').trim() : '')).find(Boolean);
  const value = own || (key === 'client_secret' && pm.variables.get('vaulted')) || '';
  pm.variables.unset(key);
  if (pm.variables.get(key) !== value) pm.variables.set(key, value);
  return value;
}
