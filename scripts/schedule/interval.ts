import { invalid } from '../errors';
import { minuteMs, parseDuration } from '../text/duration';
import { counted } from '../text/count';

/** How often a job runs: every `count` minutes, hours or days. Every scheduler here can express it. */
export interface Interval {
  readonly unit: 'minute' | 'hour' | 'day';
  readonly count: number;
}

/** Minutes in an hour and hours in a day; cron starts counting again with each. */
const wholes = { minute: 60, hour: 24 } as const;

/** Reads `10m`, `2h` or `1d`. @throws Failure `invalid` for an interval that a crontab can't express */
export function parseInterval(text: string): Interval {
  const minutes = parseDuration(text) / minuteMs;
  const hours = minutes / 60;
  if (hours === wholes.hour) return { unit: 'day', count: 1 };
  if (fits(hours, wholes.hour)) return { unit: 'hour', count: hours };
  if (fits(minutes, wholes.minute)) return { unit: 'minute', count: minutes };
  throw invalid(
    'bad_rhythm',
    '--every takes minutes that divide an hour, hours that divide a day, or 1d',
    'write --every 5m, 10m, 15m, 20m, 1h, 6h or 1d',
  );
}

function fits(count: number, whole: number): boolean {
  return Number.isInteger(count) && count >= 1 && count < whole && whole % count === 0;
}

/** The five time fields of crontab(5); rare jobs do not run on the hour, when many others run. */
export function crontabTimes({ unit, count }: Interval): string {
  const step = count === 1 ? '*' : `*/${count}`;
  return { minute: `${step} * * * *`, hour: `17 ${step} * * *`, day: '17 3 * * *' }[unit];
}

/** A calendar event of systemd.time(7). */
export function calendarEvent({ unit, count }: Interval): string {
  return { minute: `*:0/${count}`, hour: `0/${count}:00`, day: 'daily' }[unit];
}

/** A duration of ISO 8601, as Task Scheduler takes it. */
export function isoDuration({ unit, count }: Interval): string {
  return { minute: `PT${count}M`, hour: `PT${count}H`, day: `P${count}D` }[unit];
}

/** In words: `10 minutes`, `day`. */
export function formatInterval({ unit, count }: Interval): string {
  return count === 1 ? unit : counted(count, unit);
}

export function minutesOf({ unit, count }: Interval): number {
  return count * { minute: 1, hour: 60, day: 1440 }[unit];
}

/** The random delay of runs: at most a tenth of the time between two of them, and at most an hour. */
export function spreadSeconds(interval: Interval): number {
  return Math.min(minutesOf(interval) * 6, 3600);
}
