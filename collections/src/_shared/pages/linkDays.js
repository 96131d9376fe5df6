import { refuse } from '../request/refuse';
import { setting } from '../request/setting';

/** For how many days a new link is good: link_days, 14 where that is blank. */
export function linkDays() {
  const given = setting('link_days') || '14';
  if (/^([1-9]|[1-5]\d|60)$/.test(given)) return Number(given);
  refuse('link_days must be a whole number of days from 1 to 60: correct it, or leave it empty for 14');
  return 14;
}
