/** Shorter secrets occur in any text by chance. */
const shortest = 8;

/**
 * Takes secrets out of names that are printed: as they are, and as they stand in a URL. The other forms that a secret may
 * have look random, and `printable` has taken these out. Many secrets and many names cost no more than reading each once.
 */
export function maskFor(secrets: Iterable<string>): (name: string) => string {
  const byBeginning = new Map<string, string[]>();
  const forms = new Set([...secrets].flatMap((secret) => [secret, encodeURIComponent(secret.toWellFormed())]));
  for (const form of [...forms].filter(({ length }) => length >= shortest).sort((a, b) => b.length - a.length)) {
    const beginning = form.slice(0, shortest);
    const others = byBeginning.get(beginning);
    if (others === undefined) byBeginning.set(beginning, [form]);
    else others.push(form);
  }
  return (name) => (byBeginning.size === 0 ? name : masked(name, byBeginning));
}

function masked(name: string, byBeginning: ReadonlyMap<string, readonly string[]>): string {
  let text = '';
  for (let at = 0; at < name.length;) {
    const forms = byBeginning.get(name.slice(at, at + shortest));
    const longest = forms?.find((form) => name.startsWith(form, at));
    text += longest === undefined ? name.charAt(at) : '[secret]';
    at += longest?.length ?? 1;
  }
  return text;
}
