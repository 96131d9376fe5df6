/**
 * Takes parts of an answer into the environment.
 * @param {{ keep?: Record<string, string>, keepEnvironment?: boolean }} expected
 * @param {any} answer
 */
function keepAnswer({ keep = {}, keepEnvironment = false }, answer) {
  for (const [key, path] of Object.entries(keep)) pm.environment.set(key, String(partOf(answer, path) ?? ''));
  if (!keepEnvironment) return;
  for (const key of Object.keys(pm.environment.toObject(true, true))) {
    if (key !== 'sandbox_url' && key !== 'random_bytes') pm.environment.set(key, '');
  }
  for (const { key, value } of answer?.values ?? []) pm.environment.set(key, value);
}
