/**
 * Whether a value is, or holds, a Postman reference in double braces: a variable, a dynamic variable such as a new id,
 * or a secret of the vault. Postman's runtime replaces them anywhere in a text. No value that Xero or its portal gives
 * out has double braces.
 */
export function isReference(value: string): boolean {
  return value.includes('{{');
}
