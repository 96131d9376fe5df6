import { createHmac } from 'node:crypto';
import type { Hmac } from './state';

/** Node's own HMAC-SHA256. */
export const hmacSha256: Hmac = (key, text) => createHmac('sha256', key).update(text).digest();
