/** A token set (RFC 6749 §5.1) as Xero gives it. */
export interface TokenSet {
  readonly accessToken: string;
  readonly expiresInSeconds: number;
  readonly refreshToken?: string;
}

/** A header of Node.js takes no more in all. */
export const longestToken = 16_384;

/** Whether a value can be a token (RFC 6749 appendix A.12) that is no Postman expression and can stand in a header. */
export function isToken(value: unknown): value is string {
  return typeof value === 'string' && /^[!#-[\]-z|~]{1,16384}$/.test(value);
}
