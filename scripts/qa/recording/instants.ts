/** How an instant is written. A whole day is no moment of a run: it stays. */
export const instantPattern = [
  '(?<iso>\\d{4}-\\d\\d-\\d\\dT(?!00:00:00(?:\\.0+)?Z?(?!\\d))\\d\\d:\\d\\d:\\d\\d(?:\\.(?<fraction>\\d{1,9}))?(?<zulu>Z?))',
  '(?<date>[A-Z][a-z]{2}, \\d\\d [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT)',
  '(?<monthfirst>\\d\\d/\\d\\d/\\d{4} \\d\\d:\\d\\d:\\d\\d)',
].join('|');

/** What {@link instantPattern} found. */
export type InstantGroups = Readonly<Record<string, string | undefined>>;

/**
 * `‹iso3Z -90d›`: a format and how far from the server's clock, to the minute, so that two runs write the same; without
 * the latter in what a client says.
 */
export function instantName({ iso, fraction, zulu, date, monthfirst }: InstantGroups, clock: Date | undefined): string {
  if (iso !== undefined) {
    return named(`iso${fraction?.length ?? ''}${zulu ?? ''}`, Date.parse(`${iso.slice(0, 19)}Z`), clock);
  }
  if (date !== undefined) return named('date', Date.parse(date), clock);
  const [, month = '', day = '', year = '', time = ''] = /^(\d\d).(\d\d).(\d{4}) (.*)$/.exec(monthfirst ?? '') ?? [];
  return named('monthfirst', Date.parse(`${year}-${month}-${day}T${time}Z`), clock);
}

/** A number that looks like seconds or milliseconds since 1970, from 2014 on; undefined for any other. */
export function numberName(digits: string, clock: Date | undefined): string | undefined {
  if (/^1[4-9]\d{8}$|^[2-3]\d{9}$/.test(digits)) return named('seconds', Number(digits) * 1000, clock);
  if (/^1[4-9]\d{11}$|^[2-3]\d{12}$/.test(digits)) return named('milliseconds', Number(digits), clock);
  return undefined;
}

function named(format: string, ms: number, clock: Date | undefined): string {
  return clock === undefined ? format : `${format} ${spanName(Math.round((ms - clock.getTime()) / 60_000))}`;
}

function spanName(minutes: number): string {
  const size = Math.abs(minutes);
  const [days, hours, rest] = [Math.floor(size / 1440), Math.floor((size % 1440) / 60), size % 60];
  const parts = [days && `${days}d`, hours && `${hours}h`, rest && `${rest}m`].filter(Boolean);
  return parts.length === 0 ? '0m' : `${minutes < 0 ? '-' : ''}${parts.join('')}`;
}

/** The instant that a placeholder tells of, written as it says; undefined when it is none. */
export function instantText(inside: string, clock: Date): string | undefined {
  const [, format, span = '0m'] = /^(iso\d?Z?|date|monthfirst|seconds|milliseconds)(?: (.*))?$/.exec(inside) ?? [];
  if (format === undefined) return undefined;
  return written(format, new Date(clock.getTime() + spanMs(span)));
}

function spanMs(span: string): number {
  const [, sign, days = 0, hours = 0, minutes = 0] = /^(-?)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?$/.exec(span) ?? [];
  const size = (Number(days) * 1440 + Number(hours) * 60 + Number(minutes)) * 60_000;
  return sign === '-' ? -size : size;
}

function written(format: string, instant: Date): string {
  const iso = instant.toISOString();
  if (format === 'seconds') return String(Math.floor(instant.getTime() / 1000));
  if (format === 'milliseconds') return String(instant.getTime());
  if (format === 'date') return instant.toUTCString();
  if (format === 'monthfirst') return `${iso.slice(5, 7)}/${iso.slice(8, 10)}/${iso.slice(0, 4)} ${iso.slice(11, 19)}`;
  const [, digits = '', zulu = ''] = /^iso(\d?)(Z?)$/.exec(format) ?? [];
  return `${iso.slice(0, 19)}${digits && `.${iso.slice(20, 23).padEnd(9, '0').slice(0, Number(digits))}`}${zulu}`;
}
