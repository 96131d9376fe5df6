/** The whole window of a terminal, redrawn in place. */
export interface Screen {
  /** The number of characters in a line and of lines; it changes with the window. */
  size(): { readonly columns: number; readonly lines: number };
  /** Shows these lines in place of the previous ones. The terminal's earlier contents come back when it closes. */
  show(lines: readonly string[]): void;
  /** Restores the terminal. */
  close(): void;
}

const escape = '\x1b[';
/** Switches to xterm's alternate screen, hides the cursor and turns line wrapping off; `leave` undoes it. */
const enter = `${escape}?1049h${escape}?25l${escape}?7l`;
const leave = `${escape}?7h${escape}?25h${escape}?1049l`;
const [stored, clearLine, clearBelow] = [`${escape}H`, `${escape}K`, `${escape}J`];

/** The window of a stream; undefined when it is no terminal. */
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
