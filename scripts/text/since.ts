/** When something began, in UTC as in the log: `10:20`, and the day before it where that was another one. */
export function formatSince(at: Date, now: Date): string {
  const [day = '', time = ''] = at.toISOString().slice(0, 16).split('T');
  return now.toISOString().startsWith(day) ? time : `${day} ${time}`;
}
