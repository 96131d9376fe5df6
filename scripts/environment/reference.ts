/**
 * Whether a value is, or holds, a reference of Postman's: a variable, a dynamic one such as the new id, or a secret of the
 * vault, each in double braces. Its runtime looks them up wherever they stand; no value that Xero or its portal gives out
 * has double braces.
 */
export function isReference(value: string): boolean {
  return value.includes('{{');
}
