/** A name that Xero gave to an organisation or a person is cut here: no sentence of ours has room for more. */
const longestName = 200;

/**
 * The name of an organisation or a person as it may stand on a terminal, in a log, a mail or an environment: on one line
 * and read in one direction, with nothing that can't be seen, and without the `{{` and `}}` that Postman and Newman
 * would take for a variable. Applied where a name comes in; applying it again changes nothing. Postman's scripts have it, too.
 */
export function plainName(name: unknown): string {
  const wellFormed = String((name as string | number | null | undefined) ?? '').replaceAll(/\p{Cs}/gu, '\ufffd');
  const seen = wellFormed.replaceAll(/[\p{Cf}\p{Default_Ignorable_Code_Point}]+/gu, '');
  const line = seen.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ');
  // A run becomes one brace: were it taken away, the braces beside it would meet.
  const plain = line.replaceAll(/\{{2,}/g, '{').replaceAll(/\}{2,}/g, '}');
  return Array.from(plain.trim()).slice(0, longestName).join('').trimEnd();
}

/** Whether a value can be one of Xero's ids: it is written into environments, headers and addresses as it is. */
export function isPlainId(value: unknown): value is string {
  return typeof value === 'string' && /^[\w.~-]{1,100}$/.test(value);
}
