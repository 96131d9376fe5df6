/**
 * What a state made by makeState says, or undefined when it was not signed with this secret.
 * @param {string} state
 * @param {string} secret
 * @returns {{ name: string, madeAt: Date } | undefined}
 */
function readState(state, secret) {
  const [version, payload, mac, ...rest] = state.split('.');
  if (version !== 'eg1' || !payload || rest.length > 0) return undefined;
  if (mac !== base64url(hmacSha256(`eg1.${payload}`, secret))) return undefined;
  const claims = parsedJson(Buffer.from(payload, 'base64').toString());
  return { name: String(claims?.n), madeAt: new Date(Number(claims?.t) * 1000) };
}
