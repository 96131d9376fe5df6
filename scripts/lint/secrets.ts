import { fingerprint } from '../text/fingerprint';
import type { Fault, Rule } from './finding';
import { printable } from './printable';
import { secretsIn } from './secret-shapes';
import { textsIn, type Text } from './texts';

export const secrets: readonly Rule[] = [
  {
    id: 'secret-in-file',
    hint: 'put a {{variable}} in its place, keep the value in an environment that git ignores, and have the secret replaced: it counts as known',
    find: ({ everything }) => withoutRepeats(textsIn(everything).flatMap(faultsOf)),
  },
];

/** Every secret that stands in a collection, for whoever prints anything about it. */
export function secretValuesIn(everything: unknown): string[] {
  return textsIn(everything).flatMap((text) => foundIn(text).map(({ secret }) => secret));
}

function foundIn({ part, key, text }: Text): ReturnType<typeof secretsIn> {
  const isValueOfKey = part === 'auth' && (key === 'value' || key === 'token');
  return secretsIn(isValueOfKey ? 'secret' : key, text, part.endsWith('script') ? 'code' : 'wire');
}

function faultsOf(text: Text): Fault[] {
  return foundIn(text).map(({ kind, secret }) => {
    const under =
      text.key === '' || ['raw', 'description', 'text'].includes(text.key) ? '' : ` under ${printable(text.key)}`;
    const message = `${kind}${under} stands in the file (sha256 ${fingerprint(secret, 8)}…): whoever gets the file has it`;
    return { where: text.where, line: text.line, message };
  });
}

/** A URL stands in the file twice, as a whole and in parts; its secret is one finding. */
function withoutRepeats(faults: readonly Fault[]): Fault[] {
  const mark = ({ where, line, message }: Fault): string => [where, line, /sha256 (\w+)/.exec(message)?.[1]].join('\n');
  return [...new Map(faults.toReversed().map((fault) => [mark(fault), fault])).values()].toReversed();
}
