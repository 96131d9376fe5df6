import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { expect, test } from 'vitest';

const texts = execFileSync('git', ['ls-files', '-z', 'README.md', '*.md', 'scripts', 'environments', 'collections'], {
  encoding: 'utf8',
})
  .split('\0')
  .filter((file) => file !== '' && fs.existsSync(file));

/** The commands that are written anywhere, each on one line. */
function commandsIn(file: string): string[] {
  const lines = fs
    .readFileSync(file, 'utf8')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n');
  return lines.filter((line) => /\b(curl|wget|httpie)\b/.test(line)).map((line) => `${file}: ${line.trim()}`);
}

/** A token made or kept by the shell as a word of the command: `ps` shows it. */
const tokenInArguments = /(\$\(|`)[^)`]*\btoken\b|\$\{?\w*TOKEN\b/;

test('no example shows a token in the arguments of a command', () => {
  const commands = texts.flatMap(commandsIn);
  expect(commands.filter((command) => tokenInArguments.test(command))).toEqual([]);
  expect(commands.filter((command) => command.includes('| curl -H @-'))).toHaveLength(2);
});

test.each([
  'curl -H "$(npx evergrant token acme --header)" https://api.xero.com',
  'curl -H "Authorization: Bearer $XERO_ACCESS_TOKEN" https://api.xero.com',
  'curl -H `evergrant token acme --header` https://api.xero.com',
])('such an example is found: %s', (command) => {
  expect(command).toMatch(tokenInArguments);
});
