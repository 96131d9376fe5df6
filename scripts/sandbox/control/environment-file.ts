import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { packageFolder } from '../../package-folder';
import { defaultRedirectUri, type App } from '../world/apps';

const environmentsFolder = path.join(packageFolder, 'environments');

const Template = v.looseObject({ values: v.array(v.looseObject({ key: v.string(), value: v.unknown() })) });

/** A Postman environment for one of the sandbox's apps: the template of its type, filled in. Contains the app's secret. */
export async function environmentFile(app: App, baseUrl: string, name: string): Promise<object> {
  const file = path.join(environmentsFolder, `${app.appType}.template.postman_environment.json`);
  const template = v.parse(Template, JSON.parse(await readFile(file, 'utf8')));
  const known = settings(app, baseUrl);
  const values = template.values.map((row) => ({ ...row, value: known.get(row.key) ?? row.value }));
  return { ...template, name, values };
}

function settings(app: App, baseUrl: string): Map<string, string> {
  const filled = new Map([
    ['authorize_url', `${baseUrl}/identity/connect/authorize`],
    ['token_url', `${baseUrl}/connect/token`],
    ['revocation_url', `${baseUrl}/connect/revocation`],
    ['connections_url', `${baseUrl}/connections`],
    ['api_url', `${baseUrl}/api.xro/2.0`],
    ['client_id', app.clientId],
    ['client_secret', app.clientSecret ?? ''],
  ]);
  if (app.appType !== 'custom_connection') filled.set('redirect_uri', app.redirectUris[0] ?? defaultRedirectUri);
  return filled;
}
