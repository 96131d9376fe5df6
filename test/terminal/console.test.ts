import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../scripts/errors';
import { failureOf, terminalConsole, type Console, type Streams } from '../../scripts/terminal/console';

interface Terminal {
  readonly console: Console;
  readonly stdin: PassThrough;
  said(): { stdout: string; stderr: string };
  /** Settles once stderr holds the text. */
  hears(text: string): Promise<void>;
}

function terminal(isTerminal: boolean, args: readonly string[] = [], invocation = 'npx evergrant'): Terminal {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const kept = { stdout: '', stderr: '' };
  stdout.on('data', (chunk: Buffer) => (kept.stdout += chunk.toString()));
  stderr.on('data', (chunk: Buffer) => (kept.stderr += chunk.toString()));
  for (const stream of [stdin, stdout, stderr]) Object.assign(stream, { isTTY: isTerminal });
  const streams = { stdin, stdout, stderr } as unknown as Streams; // what a terminal has and a pipe has not, isn't used
  return {
    console: terminalConsole(streams, args, () => invocation),
    stdin,
    said: () => kept,
    hears: (text) =>
      new Promise((resolve) => {
        const listen = (): void => {
          if (!kept.stderr.includes(text)) return;
          stderr.off('data', listen);
          resolve();
        };
        stderr.on('data', listen);
        listen();
      }),
  };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('what the program says', () => {
  test('goes to stdout as a result and to stderr as talk', async () => {
    const { console, said } = terminal(false);
    console.print('result');
    console.say('talk');
    await settled();
    expect(said()).toEqual({ stdout: 'result\n', stderr: 'talk\n' });
  });

  test('are its own words, also where a secret is one of them', async () => {
    const { console, said } = terminal(false);
    console.secrets.add('environment').add('temporary_failure');
    console.print('{"environment":"acme"}');
    console.say('temporary_failure');
    await settled();
    expect(said()).toEqual({ stdout: '{"environment":"acme"}\n', stderr: 'temporary_failure\n' });
  });

  test('knows the codes of callback URLs on the command line as secrets', () => {
    const { secrets } = terminal(false, ['exchange', 'https://app.example/?code=abc%2F12345&state=x']).console;
    expect(secrets).toEqual(new Set(['abc%2F12345', 'abc/12345']));
  });

  test.each([
    ['evergrant', 'evergrant'],
    ["'/a b/evergrant' --environments /c", "'/a b/evergrant' --environments /c"],
    ['npx evergrant --environments "/c"', 'npx evergrant --environments \\"/c\\"'],
  ])('names each command as the program was started: %s', async (invocation, inJson) => {
    const { console, said } = terminal(false, [], invocation);
    console.say('make one: npx evergrant init NAME, or see npx evergrant status');
    console.say(console.asStarted('once: npx evergrant status'));
    console.print('{"hint":"npx evergrant status"}');
    await settled();
    expect(said()).toEqual({
      stderr: `make one: ${invocation} init NAME, or see ${invocation} status\nonce: ${invocation} status\n`,
      stdout: `{"hint":"${inJson} status"}\n`,
    });
    expect(console.asStarted('npx evergrant status', (words) => words.toUpperCase())).toBe(
      `${invocation.toUpperCase()} status`,
    );
  });

  test('holds a secret that was asked for', async () => {
    const { console, said } = terminal(false);
    console.secrets.add('the-secret');
    console.disclose('the-secret');
    await settled();
    expect(said()).toEqual({ stdout: 'the-secret\n', stderr: '' });
  });

  test('has no colour where there is no terminal', () => {
    const { style } = terminal(false).console;
    expect([style.bold('a'), style.dim('b'), style.green('c'), style.yellow('d'), style.red('e')].join('')).toBe(
      'abcde',
    );
  });
});

describe('a question', () => {
  test('is not asked where nobody is at the terminal', async () => {
    const { console, said } = terminal(false);
    expect([await console.ask('name', 'shown'), said()]).toEqual([undefined, { stdout: '', stderr: '' }]);
  });

  test('is answered by a line, without the white space around it', async () => {
    const { console, stdin, said, hears } = terminal(true);
    const answer = console.ask('name', 'shown');
    await hears('name: ');
    stdin.write(' acme \r');
    expect(await answer).toBe('acme');
    await hears('acme');
    expect(said().stdout).toBe('');
  });

  test('is seen, and its hidden answer is not', { timeout: 30_000 }, async () => {
    const { console, stdin, said, hears } = terminal(true);
    const answer = console.ask('client secret', 'hidden');
    await hears('client secret: ');
    stdin.write('the-secret\r');
    expect(await answer).toBe('the-secret');
    await settled();
    expect(said().stderr).not.toMatch(/the-secret|[a-z]-[a-z]/);
    expect(said().stderr).toMatch(/\n$/);
  });

  test.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('that is answered by %s is no bug', async (_, key) => {
    const { console, stdin, hears } = terminal(true);
    const answer = console.ask('name', 'shown');
    await hears('name: ');
    stdin.write(key);
    const failure = await answer.catch((error: unknown) => failureOf(error, { secrets: new Set() }));
    expect(failure).toMatchObject({ kind: 'invalid' });
  });
});

describe('standard input', () => {
  test('is read to its end, characters cut in two included', async () => {
    const { console, stdin } = terminal(false);
    const text = console.readInput();
    const bytes = Buffer.from('€ and more\n');
    stdin.write(bytes.subarray(0, 1));
    stdin.end(bytes.subarray(1));
    expect(await text).toBe('€ and more\n');
  });
});

describe('an error', () => {
  test('that is a failure stays as it is', () => {
    const failure = new Failure('busy', 'locked', 'm', 'h');
    expect(failureOf(failure, { secrets: new Set() })).toBe(failure);
  });

  test.each<[string, unknown, string]>([
    ['an error', new TypeError('x is the-secret'), 'unexpected TypeError: x is [secret]'],
    ['a text', 'the-secret', 'unexpected an unknown error'],
    ['nothing', undefined, 'unexpected an unknown error'],
  ])('that nobody expected is a bug without its secrets: %s', (_, error, message) => {
    expect(failureOf(error, { secrets: new Set(['the-secret']) })).toMatchObject({
      kind: 'bug',
      code: 'unexpected',
      message,
      cause: error,
    });
  });

  test('is scrubbed by the secrets of the moment, also of a console with a set of its own', () => {
    const { console } = terminal(false);
    const own = { ...console, secrets: new Set<string>() };
    own.secrets.add('the-secret');
    const said = (one: Console): string => failureOf(new Error('the-secret'), one).message;
    expect([said(console), said(own)]).toEqual(['unexpected Error: the-secret', 'unexpected Error: [secret]']);
  });

  test('that is long is cut off, and keeps no part of a secret', () => {
    const error = new Error(`${'x'.repeat(285)}the-secret${'x'.repeat(1000)}`);
    const { message } = failureOf(error, { secrets: new Set(['the-secret']) });
    expect(message).not.toMatch(/the-s/);
    expect(message.length).toBeLessThan(350);
  });
});
