import { withPart } from './collection';
import { printable } from './printable';

/** A text somewhere in the file, with the name that it stands under. */
export interface Text {
  readonly where: string;
  /** Which part of a request, folder or collection it belongs to. */
  readonly part: string;
  /** The key of its row or property; '' for a text that has none, such as a line of a script. */
  readonly key: string;
  readonly text: string;
  /** Counted from 1, in a script. */
  readonly line: number | null;
}

/** Parts by the property that holds them; everything below a saved response is one part. */
const parts: Readonly<Record<string, string>> = {
  auth: 'auth',
  variable: 'variable',
  header: 'header',
  body: 'body',
  url: 'URL',
  response: 'saved response',
  description: 'description',
};

/** Every text in a collection, in the order of the file. */
export function textsIn(everything: unknown): Text[] {
  const texts: Text[] = [];
  visit(everything, { names: [], part: '' }, '', texts);
  return texts;
}

interface Place {
  readonly names: readonly string[];
  readonly part: string;
  readonly isScript?: true;
}

function visit(value: unknown, place: Place, key: string, into: Text[]): void {
  if (typeof value === 'string') into.push(textOf(value, place, key, null));
  else if (Array.isArray(value)) for (const one of value) visit(one, place, key, into);
  else if (typeof value === 'object' && value !== null)
    visitFields(value as Readonly<Record<string, unknown>>, place, into);
}

function visitFields(fields: Readonly<Record<string, unknown>>, place: Place, into: Text[]): void {
  const rowKey = [fields['key'], fields['name']].find((one) => typeof one === 'string');
  for (const [key, value] of Object.entries(fields)) {
    if (place.part === '' && key === 'item' && Array.isArray(value)) visitItems(value, place, into);
    else if (place.part === '' && key === 'event' && Array.isArray(value)) visitEvents(value, place, into);
    else if (key === 'value' && typeof rowKey === 'string') visit(value, place, rowKey, into);
    else visit(value, place.part === '' ? { ...place, part: parts[key] ?? '' } : place, key, into);
  }
}

function visitItems(items: readonly unknown[], place: Place, into: Text[]): void {
  for (const item of items) {
    const name = typeof item === 'object' && item !== null && 'name' in item ? item.name : '';
    visit(item, { ...place, names: [...place.names, printable(typeof name === 'string' ? name : '')] }, 'item', into);
  }
}

function visitEvents(events: readonly unknown[], place: Place, into: Text[]): void {
  for (const event of events) {
    const listen = typeof event === 'object' && event !== null && 'listen' in event ? event.listen : '';
    const part = listen === 'test' ? 'test script' : listen === 'prerequest' ? 'pre-request script' : 'other script';
    const lines: Text[] = [];
    visit(event, { ...place, part, isScript: true }, '', lines);
    let line = 0;
    for (const found of lines.filter(({ key }) => key !== 'listen' && key !== 'type')) {
      for (const text of found.text.split('\n')) {
        line += found.key === 'exec' || found.key === 'script' ? 1 : 0;
        into.push({ ...found, key: '', text, line: line || null });
      }
    }
  }
}

function textOf(text: string, { names, part }: Place, key: string, line: number | null): Text {
  const where = names.join(' > ');
  return { where: part === '' ? where || 'collection' : withPart(where, part), part, key, text, line };
}
