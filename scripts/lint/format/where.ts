/** `Folder > Request (part)`; what belongs to no folder or request belongs to the collection. */
export function withPart(where: string, part: string): string {
  return `${where === '' ? 'collection' : where} (${part})`;
}

/** What a script of an event is called. */
export function scriptName(listen: string | null | undefined): string {
  if (listen === 'prerequest') return 'pre-request script';
  return listen === 'test' ? 'test script' : 'other script';
}
