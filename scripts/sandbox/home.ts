import type { Context } from 'koa';
import type { App } from './apps';
import { markup, type Html } from './html';
import { page } from './pages';
import type { Sandbox } from './sandbox';

const mostApps = 10;

/** GET /: what lives here. Shows no secret; the environment files behind the links hold them. */
export function homePage({ world }: Sandbox, ctx: Context): void {
  const apps = [...world.apps.values()];
  const organisations = [...world.organisations.values()];
  const more = apps.length > mostApps ? markup`<p class="dim">and ${String(apps.length - mostApps)} more</p>` : '';
  const body = markup`<h1>A local look-alike of Xero</h1>
<p class="dim">It signs people in, gives and refreshes tokens, and remembers what it was asked.
Its clock says ${new Date().toUTCString()}.</p>
<h2>Apps</h2>
<ul>${apps.slice(0, mostApps).map(appLine)}</ul>
${more}
<h2>Organisations</h2>
<ul>${organisations.map((one) => markup`<li>${one.name}<br><small>${one.tenantId}</small></li>`)}</ul>
<h2>Control</h2>
<dl>${controls.map(([path, text]) => markup`<dt><code>${path}</code></dt><dd>${text}</dd>`)}</dl>`;
  ctx.type = 'html';
  ctx.body = page('Sandbox', body, 'wide');
}

function appLine(app: App): Html {
  const file = `/sandbox/environments/${app.appType}?clientId=${app.clientId}`;
  return markup`<li>${app.appType} <small>${app.clientId}</small><br><a href="${file}">Postman environment</a></li>`;
}

const controls = [
  ['/sandbox/clock', 'move time forward: {"advance": "31m"}'],
  ['/sandbox/faults', 'lose, spoil or delay the next answers'],
  ['/sandbox/variants', 'how Xero behaves where sources conflict'],
  ['/sandbox/events', 'what happens at Xero unasked: disconnect, revoke, new secret'],
  ['/sandbox/requests', 'all it was asked'],
  ['/sandbox/inspect', 'would this refresh token be accepted?'],
  ['/sandbox/consent', 'let a scripted person answer a consent link'],
  ['/sandbox/apps', 'make a further app'],
] as const;
