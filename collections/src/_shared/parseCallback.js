/**
 * The parameters of a pasted callback URL (RFC 6749 §4.1.2). Line breaks and blanks from an e-mail, and quotes or angle
 * brackets around it, are forgiven.
 * @param {string} pasted
 * @returns {Record<string, string>}
 */
function parseCallback(pasted) {
  const url = pasted.replace(/\s+/g, '').replace(/^["'<“‘]+|["'>”’]+$/g, '');
  const [, query = ''] = /^[^?#]*\?([^#]*)/.exec(url) ?? [];
  const parameters = query.split('&').map((pair) => {
    const [name, ...value] = pair
      .replace(/\+/g, ' ')
      .split('=')
      .map((part) => decoded(part));
    return [name, value.join('=')];
  });
  return Object.fromEntries(parameters);
}
