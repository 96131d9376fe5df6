/** Whether an environment may have this name. Names are typed, stand in URLs, and must work on every file system. */
export function isName(name: string): boolean {
  return /^[a-z0-9][a-z0-9._-]{0,99}$/.test(name) && !/\.template$|\.postman_environment/.test(name);
}

/** Makes a valid environment name from a text, such as an organisation's name. */
export function nameNear(text: string): string {
  const plain = text.toLowerCase().replaceAll(/[ßæøœłđþð]/g, (letter) => spelt[letter] ?? letter);
  const name = plain
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^a-z0-9._]+/g, '-')
    .replace(/\.template$/, '-template')
    .slice(0, 96)
    .replaceAll(/^[-._]+|(?<![-._])[-._]+$/g, '');
  return isName(name) ? name : 'environment';
}

/** Letters that stay when accents are removed, and how they are spelt. */
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
