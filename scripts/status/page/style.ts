import { pageStyle } from '../../text/page-style';

/** The style of the status page: a table on a wide screen, a list of cards on a narrow one. */
export const statusStyle = `${pageStyle}
main { max-width: 80rem; }
[hidden] { display: none !important; }
h2 { display: inline; font-size: 1.1rem; }
h2 span { color: var(--dim); font-weight: 400; }
details { margin: 1rem 0; padding: .75rem 1rem; background: var(--card); border: 1px solid var(--line);
  border-left: .3rem solid var(--tone, var(--line)); border-radius: .5rem; }
.consent_needed, .invalid, .removed, .failing { --tone: var(--bad); }
.interrupted, .waiting { --tone: var(--soon); }
.connected, .refreshing { --tone: var(--good); }
summary h2 { color: var(--tone, inherit); }
summary:focus-visible { outline: 3px solid var(--tone, var(--dim)); outline-offset: 2px; }
details p { color: var(--dim); }
table { width: 100%; border-collapse: collapse; table-layout: fixed; font-variant-numeric: tabular-nums; }
th, td { padding: .4rem .75rem .4rem 0; border-top: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { border-top: 0; color: var(--dim); font-size: .85rem; font-weight: 600; }
thead th:first-child { width: 17%; }
thead th:nth-child(2) { width: 24%; }
thead th:nth-child(3) { width: 20%; }
tbody th { font-weight: 600; }
td small { display: block; color: var(--dim); font-size: .85rem; }
.far { content-visibility: auto; contain-intrinsic-size: auto 400rem; }
svg { display: block; width: 100%; max-width: 15rem; height: 1.25rem; }
.g { fill: var(--good); background: var(--good); }
.b { fill: var(--bad); background: var(--bad); }
.n { fill: var(--dim); background: var(--dim); }
.key { color: var(--dim); font-size: .85rem; }
.key i { display: inline-block; width: .6rem; height: .5rem; }
.key .b { height: .8rem; }
.key .n { height: .1rem; }
form { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; margin: 1rem 0; }
input, select { padding: .4rem .5rem; border: 1px solid var(--dim); border-radius: .35rem; background: var(--card);
  color: var(--ink); font: inherit; }
output { color: var(--dim); }
@media (max-width: 48rem) {
  table, tbody, tr, tbody th, td { display: block; }
  thead { display: none; }
  tr { padding: .6rem 0; border-top: 1px solid var(--line); }
  tbody th, td { padding: 0; border: 0; }
  td:nth-child(n + 4):not(:empty)::before { color: var(--dim); }
  td:nth-child(4)::before { content: "Access token: "; }
  td:nth-child(5)::before { content: "Consent needed by: "; }
  td:nth-child(6):not(:empty)::before { content: "Last outcome: "; }
}
@media print {
  :root { color-scheme: light; }
  form { display: none; }
  svg, .key i { print-color-adjust: exact; }
  .far { content-visibility: visible; }
  tr { break-inside: avoid; }
}
`;
