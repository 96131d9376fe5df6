/**
 * A name that came from Xero, of an organisation or a person, as it may stand on a page and in the environment: on one
 * line, with nothing that can't be seen, without {{ and }}, at most 200 characters.
 * @param {unknown} name
 */
export function plainName(name) {
  const seen = String(name ?? '')
    .replace(/\p{Cs}/gu, '\ufffd')
    .replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}]+/gu, '');
  const line = seen.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  // A run becomes one brace: were it taken away, the braces beside it would meet.
  const plain = line.replace(/\{{2,}/g, '{').replace(/\}{2,}/g, '}');
  return Array.from(plain).slice(0, 200).join('').trimEnd();
}
