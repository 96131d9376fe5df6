/** Names of organisations and people are cut to this many characters, so that they fit into a sentence. */
const longestName = 200;

/**
 * The name of an organisation or a person, safe to show on a terminal, in a log, a mail or an environment: on one line,
 * read in one direction, with no invisible characters, and with no `{{` or `}}`, which Postman and Newman would read as
 * a variable. It is applied where a name comes in; applying it again changes nothing. Postman's scripts share it.
 */
export function plainName(name: unknown): string {
  const wellFormed = String((name as string | number | null | undefined) ?? '').replaceAll(/\p{Cs}/gu, '\ufffd');
  const seen = wellFormed.replaceAll(/[\p{Cf}\p{Default_Ignorable_Code_Point}]+/gu, '');
  const line = seen.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ');
  // Several braces become one. If they were removed, the braces beside them would join.
  const plain = line.replaceAll(/\{{2,}/g, '{').replaceAll(/\}{2,}/g, '}');
  return Array.from(plain.trim()).slice(0, longestName).join('').trimEnd();
}

/** Whether a value can be one of Xero's ids. Such an id is put unchanged into environments, headers and URLs. */
export function isPlainId(value: unknown): value is string {
  return typeof value === 'string' && /^[\w.~-]{1,100}$/.test(value);
}
