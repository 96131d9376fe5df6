import { html, type Html } from '../../text/html';
import type { Organisation, User } from '../world/world';
import { style } from './page-style';
import { counted } from '../../text/count';

/** A whole page; `narrow` for a form, `wide` for anything else. */
export function page(title: string, body: Html, width: 'narrow' | 'wide' = 'narrow'): string {
  const styleSheet: Html = { html: `<style>${style}</style>` };
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,">
${styleSheet}
</head>
<body>
<header class="mark ${width}"><b>sandbox</b> a local look-alike, not Xero</header>
<main class="${width}">
${body}
</main>
</body>
</html>
`.html;
}

/** The choice of a user. There is no password, because the users are not real. */
export function signInPage(view: { readonly action: string; readonly users: readonly User[] }): string {
  const users = view.users.map((user, index) => {
    const name = `${user.givenName} ${user.familyName}`;
    return choice({ type: 'radio', name: 'user', value: user.accountId, checked: index === 0 }, name, user.email);
  });
  return page(
    'Sign in',
    html`<h1>Sign in</h1>
<p class="dim">Choose who opens this link. There is no password here.</p>
<form method="post" action="${view.action}">
<fieldset><legend>User</legend>
${users}</fieldset>
<div class="row">
<button class="go" type="submit" name="answer" value="sign-in">Sign in</button>
<button type="submit" name="answer" value="cancel">Cancel</button>
</div>
</form>`,
  );
}

export interface ConsentView {
  readonly action: string;
  readonly appName: string;
  readonly userName: string;
  readonly organisations: readonly Organisation[];
  readonly scopes: readonly string[];
  /** What was wrong with the previous answer. */
  readonly complaint?: string | undefined;
}

/** The choice of organisations, with Allow and Cancel. */
export function consentPage(view: ConsentView): string {
  const organisations = view.organisations.map((one, index) => {
    const input = { type: 'checkbox', name: 'organisation', value: one.tenantId, checked: index === 0 };
    return choice(input, one.name, `${one.countryCode} · ${one.baseCurrency}`);
  });
  return page(
    'Allow access',
    html`<h1><bdi>${view.appName}</bdi> wants access</h1>
<p class="dim">Signed in as ${view.userName}. Choose the organisations to connect.</p>
${view.complaint === undefined ? '' : html`<p class="bad" role="alert">Error: ${view.complaint}</p>`}
<form method="post" action="${view.action}">
<fieldset><legend>Organisations</legend>
${organisations}</fieldset>
<details><summary>What it may do (${counted(view.scopes.length, 'scope')})</summary>
<ul>${view.scopes.map((scope) => html`<li><code>${scope}</code></li>`)}</ul>
</details>
<div class="row">
<button class="go" type="submit" name="answer" value="allow">Allow access</button>
<button type="submit" name="answer" value="cancel">Cancel</button>
</div>
</form>`,
  );
}

interface Input {
  readonly type: string;
  readonly name: string;
  readonly value: string;
  readonly checked: boolean;
}

function choice({ type, name, value, checked }: Input, title: string, detail: string): Html {
  const input = html`<input type="${type}" name="${name}" value="${value}"${{ html: checked ? ' checked' : '' }}>`;
  return html`<label>${input}<span><bdi>${title}</bdi><br><small>${detail}</small></span></label>\n`;
}

/** Xero's page for a bad link. Support staff and tools look for its texts `Error code: 500` and `Error: …`. */
export function errorPage(error: string, description: string, advice = checkTheApp): string {
  const words = description === '' ? error : `${error} : ${description}`;
  return page(
    'Error',
    html`<h1>Sorry, something went wrong</h1>
<p class="bad">Error code: 500</p>
<p>Error: ${words}</p>
<p class="dim">${advice}</p>`,
  );
}

const checkTheApp =
  'The link asks for something that this app may not have. Check its client id, redirect URI and scopes.';
