import type { HeaderList } from 'postman-collection';

/** The headers of a message, as names and values. Their type says text only, but Newman gives a length as a number. */
export function headersOf(headers: HeaderList): [name: string, value: string][] {
  const all: readonly { readonly key: string; readonly value?: string | number }[] = headers.all();
  return all.map(({ key, value }) => [key, String(value ?? '')]);
}
