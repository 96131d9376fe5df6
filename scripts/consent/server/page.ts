import { html, htmlSentence } from '../../text/html';
import { cardStyle, pageStyle } from '../../text/page-style';

/** The page that a person sees after coming back from Xero. */
export interface CallbackPage {
  readonly status: number;
  readonly title: string;
  readonly text: string;
  /** When to try again, if that is known. */
  readonly retryAfterSeconds?: number;
}

/**
 * The page as HTML: no script, no external resource, every value escaped. `nonce` lets the page's policy allow its
 * style.
 */
export function renderCallbackPage({ title, text }: CallbackPage, nonce: string): string {
  return html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style nonce="${nonce}">${{ html: pageStyle + cardStyle }}</style>
<main><h1>${htmlSentence(title)}</h1><p>${htmlSentence(text)}</p></main>
</html>
`.html;
}

/** Only this page's own style may load, and no page may frame it (OWASP's Content Security Policy cheat sheet). */
export function callbackHeaders(nonce: string): Record<string, string> {
  return {
    'Content-Security-Policy': `default-src 'none'; style-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    'Cache-Control': 'no-store',
    Connection: 'close', // a browser sends one request only
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  };
}
