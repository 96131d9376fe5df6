/** The look of every page: one column, no outside resource, light or dark as the system asks. */
export const style = `
:root { color-scheme: light dark; --ink: #14212b; --dim: #566673; --paper: #f2f5f7; --card: #fff; --line: #d5dde3;
  --go: #0b6fb8; --go-ink: #fff; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8eef2; --dim: #a3b1bc; --paper: #11181e; --card: #1b252d; --line: #33424e; --go: #58b4f0; --go-ink: #06121a; --bad: #ff8a80; }
}
* { box-sizing: border-box; }
body { margin: 0; padding: 2rem 1rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; overflow-wrap: anywhere; }
main { max-width: 30rem; margin: 0 auto; padding: 1.5rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
main.wide { max-width: 46rem; }
.mark { max-width: 30rem; margin: 0 auto .75rem; color: var(--dim); font-size: .85rem; }
.mark.wide { max-width: 46rem; }
.mark b { padding: .1rem .45rem; border-radius: 99px; background: var(--go); color: var(--go-ink); font-weight: 600; }
h1 { margin: 0 0 .5rem; font-size: 1.35rem; line-height: 1.25; }
h2 { margin: 1.5rem 0 .5rem; font-size: 1rem; }
p { margin: .5rem 0; }
.dim, small { color: var(--dim); }
.bad { color: var(--bad); font-weight: 600; }
fieldset { margin: 1rem 0; padding: 0; border: 0; }
legend { padding: 0; font-weight: 600; }
label { display: flex; gap: .6rem; align-items: center; margin-top: .5rem; padding: .65rem .75rem; border: 1px solid var(--line);
  border-radius: 8px; cursor: pointer; }
label:has(:checked) { border-color: var(--go); }
input { width: 1.1rem; height: 1.1rem; flex: none; accent-color: var(--go); }
.row { display: flex; flex-wrap: wrap; gap: .6rem; margin-top: 1rem; }
button { flex: 1 1 7rem; padding: .65rem .5rem; border: 1px solid var(--line); border-radius: 8px; background: transparent;
  color: inherit; font: inherit; font-weight: 600; cursor: pointer; }
button.go { border-color: var(--go); background: var(--go); color: var(--go-ink); }
:focus-visible { outline: 3px solid var(--go); outline-offset: 2px; }
details { margin-top: 1rem; } summary { cursor: pointer; }
ul { margin: .5rem 0; padding-left: 1.2rem; } code { font-family: ui-monospace, monospace; font-size: .9em; }
a { color: var(--go); }
dl { margin: .5rem 0; } dt { margin-top: .75rem; } dd { margin: 0; } dd code { display: block; color: var(--dim); }
`;
