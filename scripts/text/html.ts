import { partsOf } from './isolate';

/** Markup, as opposed to text. Only `html` makes it, and only `html` inserts it unescaped. */
export interface Html {
  readonly html: string;
}

/** Escapes a text for use in HTML text and quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A sentence in which names that are written from right to left stand in `<bdi>` (see {@link isolated}). */
export function htmlSentence(text: string): Html {
  return html`${partsOf(text).map(({ words, name }) => (name === '' ? html`${words}` : html`<bdi>${name}</bdi>`))}`;
}

/** A template tag for HTML that escapes every text inserted. */
export function html(parts: TemplateStringsArray, ...values: (string | Html | readonly Html[])[]): Html {
  return { html: parts.map((part, index) => part + render(values[index] ?? '')).join('') };
}

function render(value: string | Html | readonly Html[]): string {
  if (typeof value === 'string') return escapeHtml(value);
  return 'html' in value ? value.html : value.map(render).join('');
}
