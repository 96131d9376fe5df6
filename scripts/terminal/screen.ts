/** A terminal's whole window, drawn over in place. */
export interface Screen {
  /** How many characters a line has, and how many lines there are; it changes with the window. */
  size(): { readonly columns: number; readonly lines: number };
  /** Shows these lines instead of what it showed before. What stood in the terminal is kept aside until it closes. */
  show(lines: readonly string[]): void;
  /** Gives the terminal back as it was. */
  close(): void;
}

const escape = '\x1b[';
/** The alternate screen of xterm and everything since, without cursor and without wrapping; and back. */
const enter = `${escape}?1049h${escape}?25l${escape}?7l`;
const leave = `${escape}?7h${escape}?25h${escape}?1049l`;
const [stored, clearLine, clearBelow] = [`${escape}H`, `${escape}K`, `${escape}J`];

/** The window of a stream that is a terminal. */
export function screenOn(stdout: NodeJS.WriteStream): Screen | undefined {
  if (!stdout.isTTY) return undefined;
  let isOpen = false;
  const draw = (lines: readonly string[]): string =>
    stored + lines.map((line) => line + clearLine).join('\n') + clearBelow;
  return {
    size: () => ({ columns: stdout.columns || 80, lines: stdout.rows || 24 }),
    show: (lines) => {
      stdout.write((isOpen ? '' : enter) + draw(lines));
      isOpen = true;
    },
    close: () => {
      if (isOpen) stdout.write(leave);
      isOpen = false;
    },
  };
}
