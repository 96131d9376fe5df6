import * as v from 'valibot';
import { secretsOf, contractKeys, type Environment } from '../environment/environment';
import { rowShape } from '../environment/parse';
import { scrub } from '../text/scrub';

const shape = v.looseObject({ values: v.array(rowShape) });

/** An environment's text for looking: every secret row is blank, and a secret in any other place is taken out. */
export function withoutSecrets(environment: Environment): string {
  const text = environment.text.replace(/^\uFEFF/, '');
  const parsed = v.parse(shape, JSON.parse(text)); // it was read as an environment
  const secrets = secretsOf(environment);
  const values = parsed.values.map((row) => {
    const isSecret = row.type === 'secret' || (contractKeys as Record<string, string>)[row.key] === 'secret';
    return isSecret ? { ...row, value: '' } : row;
  });
  return `${scrub(JSON.stringify({ ...parsed, values }, null, 2), secrets)}\n`;
}
