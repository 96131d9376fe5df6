import type { RecordedRequest } from './recording-file';

/** `GET ‹base›/connections` */
export function nameOf({ method, url }: RecordedRequest): string {
  return `${method} ${url}`;
}

/** The first thing in which two requests differ, told of each; undefined where there is none. */
export function differingFact(
  recorded: RecordedRequest,
  now: RecordedRequest,
): { readonly recorded: string; readonly now: string } | undefined {
  const [before, after] = [factsOf(recorded), factsOf(now)];
  const names = [...before.keys(), ...after.keys()].filter((name) => before.get(name) !== after.get(name));
  const name = names.find((one) => one !== order) ?? names[0];
  return name === undefined ? undefined : { recorded: tell(name, before), now: tell(name, after) };
}

/** Tells of a form whose fields are the same in another order. */
const order = 'the fields';

/** A request in pieces that can be told one by one. */
function factsOf(request: RecordedRequest): Map<string, string> {
  const headers = Object.entries(request.headers).map(([name, value]): [string, string] => [
    `the header ${name}`,
    value,
  ]);
  return new Map([['', nameOf(request)], ...headers, ...bodyFacts(request.body)]);
}

function bodyFacts(body: RecordedRequest['body']): [string, string][] {
  if ('json' in body) return leaves(body.json, 'the body');
  if ('text' in body) return [['the body', body.text]];
  if (!('form' in body)) return [];
  const fields = body.form.map((field): [string, string] => {
    const [name = ''] = field.split('=');
    return [`the field ${name}`, field.slice(name.length + 1)];
  });
  return [...fields, [order, body.form.map((field) => field.split('=')[0]).join(', ')]];
}

function leaves(value: unknown, path: string): [string, string][] {
  const parts = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (parts.length === 0) return [[path, JSON.stringify(value)]];
  return parts.flatMap(([key, part]) => leaves(part, `${path}.${key}`));
}

function tell(name: string, facts: ReadonlyMap<string, string>): string {
  const value = facts.get(name);
  return value === undefined ? `no ${name.replace('the ', '')}` : `${name} ${value}`.trim();
}
