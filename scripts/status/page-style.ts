import { pageStyle } from '../text/page-style';

/** The style of the status page: a table on a wide screen, a list of cards on a narrow one. */
export const statusStyle = `${pageStyle}
main { max-width: 72rem; }
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
thead th:nth-child(2) { width: 30%; }
tbody th { font-weight: 600; }
@media (max-width: 48rem) {
  table, tbody, tr, tbody th, td { display: block; }
  thead { display: none; }
  tr { padding: .6rem 0; border-top: 1px solid var(--line); }
  tbody th, td { padding: 0; border: 0; }
  td:nth-child(n + 3):not(:empty)::before { color: var(--dim); }
  td:nth-child(3)::before { content: "Access token: "; }
  td:nth-child(4)::before { content: "Consent needed by: "; }
  td:nth-child(5):not(:empty)::before { content: "Last outcome: "; }
}
`;
