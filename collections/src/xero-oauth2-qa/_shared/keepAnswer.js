import { partOf } from './partOf';

/**
 * Writes parts of an answer into the environment. A part that the answer doesn't have changes nothing.
 * @param {{ keep?: Record<string, string>, keepEnvironment?: boolean }} expected
 * @param {any} answer
 */
export function keepAnswer({ keep = {}, keepEnvironment = false }, answer) {
  for (const [key, path] of Object.entries(keep)) {
    const part = partOf(answer, path);
    if (part !== undefined) pm.environment.set(key, String(part));
  }
  const rows = partOf(answer, 'values');
  if (!keepEnvironment || !Array.isArray(rows)) return;
  for (const key of Object.keys(pm.environment.toObject(true, true))) {
    if (!['sandbox_url', 'random_bytes', 'real_cuts'].includes(key)) pm.environment.set(key, '');
  }
  for (const { key, value } of rows) pm.environment.set(key, value);
}
