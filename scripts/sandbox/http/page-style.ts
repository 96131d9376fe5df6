import { cardStyle, pageStyle } from '../../text/page-style';

/** The look of the sandbox's pages: forms, and a mark that says what they are. */
export const style = `${pageStyle}${cardStyle}
main.wide { max-width: 46rem; }
.mark { max-width: 30rem; margin: 0 auto .75rem; color: var(--dim); font-size: .85rem; }
.mark.wide { max-width: 46rem; }
.mark b { padding: .1rem .45rem; border-radius: 99px; background: var(--go); color: var(--go-ink); font-weight: 600; }
h2 { margin: 1.5rem 0 .5rem; font-size: 1rem; }
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
details { margin-top: 1rem; }
ul { margin: .5rem 0; padding-left: 1.2rem; } code { font-family: ui-monospace, monospace; font-size: .9em; }
a { color: var(--go); }
dl { margin: .5rem 0; } dt { margin-top: .75rem; } dd { margin: 0; } dd code { display: block; color: var(--dim); }
`;
