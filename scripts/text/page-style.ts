/**
 * The style of every page: one column, no external resource, light or dark by the system's setting. A page adds its
 * own.
 */
export const pageStyle = `
:root { color-scheme: light dark; --ink: light-dark(#14212b, #e8eef2); --dim: light-dark(#53626e, #a3b1bc);
  --paper: light-dark(#f2f5f7, #11181e); --card: light-dark(#fff, #1b252d); --line: light-dark(#d5dde3, #33424e);
  --go: light-dark(#0b6fb8, #58b4f0); --go-ink: light-dark(#fff, #06121a);
  --good: light-dark(#17703a, #6fd598); --soon: light-dark(#8a5300, #f0b95c); --bad: light-dark(#b3261e, #ff8a80); }
* { box-sizing: border-box; }
body { margin: 0; padding: 2rem 1rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; overflow-wrap: anywhere; }
main { max-width: 30rem; margin: 0 auto; }
h1 { margin: 0 0 .5rem; font-size: 1.4rem; line-height: 1.25; }
p { margin: .5rem 0; }
summary { cursor: pointer; }
:focus-visible { outline: 3px solid var(--go); outline-offset: 2px; }
`;

/** The style of a page with a single card, with one thing to read or to do. */
export const cardStyle = `
main { padding: 1.5rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
`;
