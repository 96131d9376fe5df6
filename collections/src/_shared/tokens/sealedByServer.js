import { isSealed } from '../../../../scripts/sealing/envelope';

/**
 * What to do about a value that a server has sealed, so that it opens on that server alone; '' for any other.
 * @param {string} value
 */
export function sealedByServer(value) {
  if (!isSealed(value)) return '';
  const [name = 'NAME'] = /^[a-z\d][\w.-]*$/.exec(String(pm.environment.name)) ?? [];
  return `a server keeps this connection, and has sealed it: ask its owner, who can hand it over to Postman by npx evergrant export ${name} --for-postman`;
}
