/** `12,345` */
export function formatNumber(count: number): string {
  return String(count).replaceAll(/\B(?=(?:\d{3}){1,7}$)/g, ',');
}

/** How many there are, with the noun in the form that goes with it: `1 environment`, `12,345 environments`. */
export function counted(count: number, noun: string): string {
  return `${formatNumber(count)} ${noun}${count === 1 ? '' : 's'}`;
}
