/**
 * What a state made by makeState says, whoever signed it, or undefined when it is none.
 * @param {string} state
 * @returns {{ name: string, madeAt: Date } | undefined}
 */
function stateClaims(state) {
  const [version, payload, , ...rest] = state.split('.');
  if (version !== 'eg1' || !payload || rest.length > 0) return undefined;
  const claims = parsedJson(Buffer.from(payload, 'base64').toString());
  return { name: String(claims?.n), madeAt: new Date(Number(claims?.t) * 1000) };
}
