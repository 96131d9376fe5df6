import { invalid, type Failure } from '../errors';
import { jsonOf, objectOf } from '../text/json';
import { shellQuoted } from '../text/shell';
import { appKeys, type App, type AppKey, type AppValues } from './app-values';
import type { Environment } from './environment';
import { isReference } from './reference';

/** Reads an app's text: a JSON object with some of {@link appKeys}; other keys are left alone. @throws Failure `invalid` */
export function parseApp(text: string, name: string, where: string): AppValues {
  const parsed = objectIn(text);
  if (parsed === undefined) {
    throw invalid('not_json', `${where} is no JSON object with the settings of an app`, anewHint(name, where));
  }
  const found = appKeys.filter((key) => Object.hasOwn(parsed, key));
  const values = found.map((key): [AppKey, unknown] => [key, parsed[key]]);
  const odd = values.find(([, value]) => typeof value !== 'string' || isReference(value));
  if (odd !== undefined) {
    throw invalid(
      'not_text',
      `${odd[0]} in ${where} is no plain text`,
      `write the value itself, or ${anewHint(name, where)}`,
    );
  }
  return Object.fromEntries(values.map(([key, value]) => [key, String(value).trim()]));
}

function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  return objectOf(jsonOf(text.startsWith('\uFEFF') ? text.slice(1) : text));
}

/** The text of an app with some values set; a blank value takes its key away, other keys stay. @throws Failure `invalid` */
export function editApp(text: string, values: AppValues, name: string, where: string): string {
  parseApp(text, name, where);
  const before = objectIn(text);
  const kept = Object.entries({ ...before, ...values }).filter(([key, value]) => !(key in values && value === ''));
  return `${JSON.stringify(Object.fromEntries(kept), null, 2)}\n`;
}

/** Why an environment can't be used with the app that it names; undefined when nothing of the app's is missing. */
export function appFault({ app, variables }: Environment, where: string): Failure | undefined {
  if (app === undefined) return undefined;
  if (app.fault !== undefined) return app.fault;
  const has = (key: string): boolean => variables.some((row) => row.key === key && row.enabled && row.value !== '');
  const isPkce = variables.some(({ key, value }) => key === 'app_type' && value === 'pkce');
  if (app.values !== undefined || (has('client_id') && (isPkce || has('client_secret')))) return undefined;
  return noApp(app, `${where} names the app ${app.name}, and`);
}

/** The failure for an app that is named somewhere and isn't there. */
export function noApp({ name, where }: Pick<App, 'name' | 'where'>, why = `there is no app ${name}:`): Failure {
  return invalid('no_app', `${why} ${where} is not there`, setHint(name));
}

function setHint(name: string): string {
  return `make it anew: npx evergrant set --app ${name} client_id=ID --secret-from FILE`;
}

/** What is broken is edited by nobody, so that nothing in it is lost: it goes aside first. A row of a database has no file. */
function anewHint(name: string, where: string): string {
  if (!where.endsWith('.json')) return setHint(name);
  return `put it aside: mv ${shellQuoted(where)} ${shellQuoted(`${where}.broken`)}, then ${setHint(name)}`;
}
