import { invalid, quoted } from '../errors';

export const minuteMs = 60_000;
export const dayMs = 86_400_000;

const unitMs = { ms: 1, s: 1_000, m: minuteMs, h: 60 * minuteMs, d: dayMs } as const;

/** Reads a duration such as `90s`, `15m`, `2h` or `60d`, in milliseconds. @throws Failure `invalid` */
export function parseDuration(text: string): number {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text.trim());
  if (!match?.[1] || !match[2])
    throw invalid('bad_duration', `${quoted(text)} is no duration`, 'write 90s, 15m, 2h or 60d');
  return Number(match[1]) * unitMs[match[2] as keyof typeof unitMs];
}

/** A time span in its two largest units: `29 min`, `59 d 4 h`. */
export function formatDuration(spanMs: number): string {
  const minutes = Math.round(Math.abs(spanMs) / minuteMs);
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60)];
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes % 60} min`;
  return Math.abs(spanMs) >= minuteMs ? `${minutes} min` : `${Math.floor(Math.abs(spanMs) / 1000)} s`;
}
