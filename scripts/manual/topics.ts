import { exitCodeMeanings, severity } from './exit-codes';
import { wrapped } from './wrapped';

/** The topics of `help` that are no verb. */
export const topics = ['exit-codes', 'environment'] as const;

/** What each exit code means, in lines of at most `width` characters. */
export function exitCodesHelp(width: number): string {
  const rows = exitCodeMeanings.map(
    ([code, meaning, next]) =>
      `  ${code}  ${wrapped(next === '' ? meaning : `${meaning}; ${next}`, width, 5).trimStart()}`,
  );
  return ['Exit codes:', '', ...rows, '', wrapped(severity, width)].join('\n');
}

/**
 * The variables that change what the program does, from the comments of `.env.example`, in lines of at most `width`
 * characters. Commands there stay as they are.
 */
export function variablesHelp(envExample: string, width: number): string {
  const paragraphs: string[] = [''];
  for (const line of envExample.split('\n')) {
    const text = line.replace(/^# ?/, '');
    const [, title] = /^--- (.*) ---$/.exec(text) ?? [];
    if (title !== undefined) paragraphs.push(`${title}:`, '');
    else if (text === '') paragraphs.push('', '');
    else if (/^[A-Z_]+=/.test(text)) paragraphs.push(`    ${text}`, '');
    else if (text.startsWith('  ')) paragraphs.push(`    $ ${text.trim()}`, '');
    else paragraphs.push(`${paragraphs.pop() ?? ''} ${text}`.trim());
  }
  const lines = paragraphs.map((text) => wrapped(text, width, text.startsWith('    ') ? 4 : 0));
  return lines
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .replaceAll(/\n\n(?= {4}[A-Z])/g, '\n')
    .trim();
}
