/** Names that environments answer to: they are typed, stand in addresses, and are the same on every file system. */
export function isName(name: string): boolean {
  return /^[a-z0-9][a-z0-9._-]{0,99}$/.test(name) && !/\.template$|\.postman_environment/.test(name);
}

/** The name nearest to a text, such as an organisation's name: always one that an environment may have. */
export function nameNear(text: string): string {
  const plain = text.toLowerCase().replaceAll(/[ßæøœłđþð]/g, (letter) => spelt[letter] ?? letter);
  const name = plain
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^a-z0-9._]+/g, '-')
    .replace(/\.template$/, '-template')
    .slice(0, 96)
    .replaceAll(/^[-._]+|[-._]+$/g, '');
  return isName(name) ? name : 'environment';
}

/** Letters that no accent is taken from. */
const spelt: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  ø: 'o',
  œ: 'oe',
  ł: 'l',
  đ: 'd',
  þ: 'th',
  ð: 'd',
};
