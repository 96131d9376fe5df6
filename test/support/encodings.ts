/** A secret as programs write it into texts: the name of each encoding, and what it makes of the secret. */
export function encodingsOf(secret: string): readonly (readonly [string, string])[] {
  const aligned = [0, 1, 2].map((offset): [string, string] => {
    const whole = Buffer.from(`${'x'.repeat(offset)}${secret}`).toString('base64');
    return [`base64 at ${offset}`, whole.slice(4, Math.floor(whole.length / 4) * 4 - 4)];
  });
  const url = encodeURIComponent(secret);
  const hex = Buffer.from(secret).toString('hex');
  const json = JSON.stringify(secret).slice(1, -1);
  return [
    ['plain', secret],
    ['URL-encoded', url],
    ['URL-encoded in small letters', url.replaceAll(/%../g, (code) => code.toLowerCase())],
    ['URL-encoded twice', encodeURIComponent(url)],
    ['form-encoded', new URLSearchParams({ s: secret }).toString().slice(2)],
    ['JSON-escaped', json],
    ['JSON-escaped twice', JSON.stringify(json).slice(1, -1)],
    ['JSON-escaped with its slashes', json.replaceAll('/', '\\/')],
    ['escaped by code points', escapedWith(secret, (code) => `\\u${code.toString(16).padStart(4, '0')}`)],
    ['HTML-escaped', secret.replaceAll('=', '&#x3D;')],
    ['HTML-escaped in decimal', escapedWith(secret, (code) => `&#${code};`)],
    ['HTML-escaped in hexadecimal', escapedWith(secret, (code) => `&#x${code.toString(16).toUpperCase()};`)],
    ['hexadecimal', hex],
    ['hexadecimal in capitals', hex.toUpperCase()],
    ...aligned,
    ...aligned.map(([name, value]): [string, string] => [
      `${name}url`,
      value.replaceAll('+', '-').replaceAll('/', '_'),
    ]),
  ];
}

function escapedWith(secret: string, escape: (code: number) => string): string {
  return secret.replaceAll(/[^\w.-]/g, (char) => escape(char.charCodeAt(0)));
}
