import { badPath } from './job';

/** One word of a command line or a list of paths, quoted: systemd.syntax(7), with `%` doubled for systemd.unit(5). */
export function word(text: string): string {
  const escaped = text.replaceAll(/[\\"]/g, String.raw`\$&`).replaceAll('%', '%%');
  return /^[\w@:,./=+%-]+$/.test(escaped) ? escaped : `"${escaped}"`;
}

/** A path that is the whole value of a line, where quotes would be part of it. */
export function lineValue(path: string): string {
  if (/[\s\\]$/.test(path)) throw badPath('ends in a blank or a backslash');
  return path.replaceAll('%', '%%');
}
