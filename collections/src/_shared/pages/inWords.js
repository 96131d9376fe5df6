/**
 * A moment in words, in the time zone of this computer; '' for a value that is no moment.
 * @param {string | number} moment ISO 8601 or milliseconds
 */
export function inWords(moment) {
  const date = new Date(moment);
  if (Number.isNaN(date.getTime())) return '';
  const day = /** @type {const} */ ({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
  return date.toLocaleString('en-GB', { ...day, hour: '2-digit', minute: '2-digit', timeZoneName: 'short' });
}
