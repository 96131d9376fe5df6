/** The rows that hold no secret, whoever named them: settings, ids, names, times, and what a table of the QA collection has. */
const openRows =
  /^(app_type|client_id|redirect_uri|scopes|generation|link_days|disconnect_confirm|expected_tenant|authorised_user_id)$|_(at|tenant|name|status)$|tenant_id$|^(?!callback|consent_link)\w+_url$/;

/**
 * A row's value for a message. Of a secret only its length is shown.
 * @param {string} key
 * @param {unknown} value
 */
export function describeRow(key, value) {
  const text = String(value ?? '');
  if (text === '') return 'nothing';
  const isOpen = openRows.test(key) || pm.iterationData.has(key);
  return isOpen ? withoutSecrets(JSON.stringify(text)) : `a secret of ${text.length} characters`;
}

/**
 * A part of an answer for a message: JSON in which tokens, codes and client secrets are replaced.
 * @param {unknown} part
 * @param {string} [path] where in the answer it is
 */
export function describePart(part, path = '') {
  if (part === undefined) return 'nothing';
  const secretKeys = /token$|secret$|verifier$|^code$|callbackUrl$|^value$/i;
  const hidden = (/** @type {string} */ key, /** @type {unknown} */ value) =>
    typeof value === 'string' && value && secretKeys.test(key) ? `[secret of ${value.length} characters]` : value;
  return withoutSecrets(JSON.stringify(hidden(path, part), hidden));
}

/**
 * A text without the values of the environment's secret rows, and without JWTs.
 * @param {string} text
 */
export function withoutSecrets(text) {
  const rows = Object.entries(pm.environment.toObject(true, true));
  const secrets = rows.filter(([key, value]) => !openRows.test(key) && String(value ?? '').length >= 16);
  const known = secrets.reduce(
    (/** @type {string} */ kept, [, value]) => kept.split(String(value)).join('[secret]'),
    text,
  );
  return known.replace(/eyJ[\w-]{8,}(\.[\w-]+){0,2}/g, '[secret]');
}
