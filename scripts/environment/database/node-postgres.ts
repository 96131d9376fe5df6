import type * as NodePostgres from 'pg';

/**
 * node-postgres, in half the time. As it is loaded, it asks whether it runs at Cloudflare: by `navigator`, or where there is
 * none, as in Node.js 20, by a `Response`, for which Node.js loads all of its `fetch`. So there is a `navigator` meanwhile,
 * which says what the one of later versions says.
 */
function load(): typeof NodePostgres {
  const isOwn = !('navigator' in globalThis);
  if (isOwn) Object.defineProperty(globalThis, 'navigator', { value: { userAgent: 'Node.js' }, configurable: true });
  try {
    return require('pg') as typeof NodePostgres;
  } finally {
    if (isOwn) Reflect.deleteProperty(globalThis, 'navigator');
  }
}

export const pg = load();
