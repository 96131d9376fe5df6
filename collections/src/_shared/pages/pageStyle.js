/** The style of a page: light or dark like the computer, in one column when it is narrow, never with colour as the only sign. */
export function pageStyle() {
  return `
:root { color-scheme: light dark; --back: #f1f4f7; --card: #fff; --ink: #121b22; --soft: #4a5963; --line: #cfd8df; --good: #14622b; --bad: #a8201a }
@media (prefers-color-scheme: dark) { :root { --back: #11181d; --card: #1b252c; --ink: #eef3f6; --soft: #b3c0c9; --line: #3a4750; --good: #7fd99a; --bad: #ffb4ab } }
body { margin: 0; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; background: var(--back); color: var(--ink) }
main { max-width: 44rem; margin: auto; padding: 1.25rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; overflow-wrap: anywhere }
h1 { margin: .5rem 0; font-size: 1.4rem; line-height: 1.3 } h2, label { display: block; margin: 1.5rem 0 .5rem; font-size: 1.05rem; font-weight: 600 }
p, ol, ul { margin: .5rem 0 } ol, ul { padding-left: 1.5rem } dt, small, code { color: var(--soft) } small { display: block }
dl { display: grid; grid-template-columns: 9rem 1fr; gap: .5rem 1rem } dd { margin: 0 }
.mark { display: inline-block; margin: 0; padding: 0 .75rem; border: 1px solid; border-radius: 1rem; font-weight: 600 }
.good { color: var(--good) } .bad { color: var(--bad) }
@media (max-width: 34rem) { body { padding: 0 } main { border-width: 0; border-radius: 0 } dl { display: block } dd { margin-bottom: .75rem } }`;
}
