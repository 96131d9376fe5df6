/** What a person sees who comes back from Xero. */
export interface CallbackPage {
  readonly status: number;
  readonly title: string;
  readonly text: string;
  /** When to come back, where that is known. */
  readonly retryAfterSeconds?: number;
}

/** The page as HTML: no script, no external resource, every value escaped; `nonce` is the style's in the page's policy. */
export function renderCallbackPage({ title, text }: CallbackPage, nonce: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style nonce="${escaped(nonce)}">${style}</style>
<main><h1>${escaped(title)}</h1><p>${escaped(text)}</p></main>
</html>
`;
}

/** Nothing but this page's own style may load, and no page may frame it (OWASP's Content Security Policy cheat sheet). */
export function callbackHeaders(nonce: string): Record<string, string> {
  return {
    'Content-Security-Policy': `default-src 'none'; style-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    'Cache-Control': 'no-store',
    Connection: 'close', // a browser comes once, and is not waited for
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  };
}

const style = `
:root { color-scheme: light dark; }
body { margin: 0; font: 1.0625rem/1.6 system-ui, sans-serif; background: light-dark(#f1f4f7, #11181d); color: light-dark(#121b22, #eef3f6); }
main { box-sizing: border-box; max-width: 34rem; margin: 12vh auto 0; padding: 2rem; background: light-dark(#fff, #1b252c); border: 1px solid light-dark(#cfd8df, #3a4750); border-radius: .75rem; overflow-wrap: anywhere; }
h1 { margin: 0 0 .5rem; font-size: 1.4rem; line-height: 1.3; }
p { margin: 0; }
@media (max-width: 40rem) { main { margin: 1rem auto; padding: 1.25rem; } }
`;

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
