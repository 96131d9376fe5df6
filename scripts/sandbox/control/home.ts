import type { Context } from 'koa';
import { html, type Html } from '../../text/html';
import { page } from '../http/pages';
import type { App } from '../world/apps';
import { controls, type Control } from './control-guide';
import type { Sandbox } from './sandbox';

const mostApps = 10;

/** GET /: what there is, and how to control it. Shows no secret; the environment files that it links to contain them. */
export function homePage({ world }: Sandbox, ctx: Context): void {
  const apps = [...world.apps.values()];
  const organisations = [...world.organisations.values()];
  const more = apps.length > mostApps ? html`<p class="dim">and ${String(apps.length - mostApps)} more</p>` : '';
  const body = html`<h1>A local look-alike of Xero</h1>
<p class="dim">It signs people in, gives and refreshes tokens, and remembers what it was asked.
Its clock says ${new Date().toUTCString()}.</p>
<h2>Apps</h2>
<ul>${apps.slice(0, mostApps).map(appLine)}</ul>
${more}
<h2>Organisations</h2>
<ul>${organisations.map((one) => html`<li><bdi>${one.name}</bdi><br><small>${one.tenantId}</small></li>`)}</ul>
<h2>Control</h2>
<p class="dim">JSON in, JSON out, for example:
<code>curl http://${ctx.host}/sandbox/clock --json '{"advance": "31m"}'</code></p>
<dl>${controls.map(controlLine)}</dl>`;
  ctx.type = 'html';
  ctx.body = page('Sandbox', body, 'wide');
}

function appLine(app: App): Html {
  const file = `/sandbox/environments/${app.appType}?clientId=${app.clientId}`;
  return html`<li><bdi>${app.name}</bdi>, ${app.appType}<br><small>${app.clientId}</small><br>
<a href="${file}" download="sandbox.postman_environment.json">Postman environment</a></li>`;
}

function controlLine({ method, path, text, example }: Control): Html {
  const address = method === 'GET' ? html`<a href="${path}">${path}</a>` : path;
  return html`<dt><code>${method} ${address}</code></dt>
<dd>${text}${example === undefined ? '' : html`<code>${JSON.stringify(example)}</code>`}</dd>\n`;
}
