/** Markup, as opposed to text: only `html` makes it, and only `html` puts it into a page unescaped. */
export interface Html {
  readonly html: string;
}

/** Makes any text safe inside HTML text and quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A template of HTML that escapes every text put into it. */
export function html(parts: TemplateStringsArray, ...values: (string | Html | readonly Html[])[]): Html {
  return { html: parts.map((part, index) => part + render(values[index] ?? '')).join('') };
}

function render(value: string | Html | readonly Html[]): string {
  if (typeof value === 'string') return escapeHtml(value);
  return 'html' in value ? value.html : value.map(render).join('');
}
