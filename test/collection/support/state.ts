import { createHmac } from 'node:crypto';

/** The state of a web app as the contract has it, made without the collection's own scripts. */
export function stateOf(name: string, seconds: number, nonce: string, secret: string): string {
  const payload = Buffer.from(`{"n":${JSON.stringify(name)},"t":${seconds},"r":"${nonce}"}`).toString('base64url');
  const mac = createHmac('sha256', secret).update(`eg1.${payload}`).digest('base64url');
  return `eg1.${payload}.${mac}`;
}
