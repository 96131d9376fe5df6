/**
 * How many calls to the organisation are left today, as a fact of a page; none where Xero doesn't say.
 * @param {import('postman-collection').Response} response
 */
export function callsLeft(response) {
  const [value = ''] = /^\d{1,9}$/.exec(response.headers.get('X-DayLimit-Remaining')) ?? [];
  return value ? [{ name: 'Calls left today', value }] : [];
}
