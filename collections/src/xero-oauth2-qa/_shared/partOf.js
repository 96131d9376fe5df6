/**
 * A part of a JSON value; undefined when there is none.
 * @param {unknown} whole
 * @param {string} path its keys with dots between them; `length` is that of a list
 * @returns {unknown}
 */
export function partOf(whole, path) {
  return path.split('.').reduce((/** @type {any} */ part, key) => part?.[key], whole);
}
