import { mustHold } from './mustHold';
import { withoutSecrets } from './describe';

/**
 * Tests what the main collection's script complained of.
 * @param {string} name
 * @param {string} said everything that it complained of
 * @param {string | undefined} wanted a part of it; undefined: nothing
 */
export function judgeSaid(name, said, wanted) {
  const text = wanted === undefined ? undefined : pm.variables.replaceIn(wanted);
  const isRight = text === undefined ? said === '' : said.includes(text);
  const expected = text === undefined ? 'nothing' : `"${text}"`;
  const got = said === '' ? 'nothing' : `"${withoutSecrets(said)}"`;
  mustHold(name, isRight ? [] : [`expected ${expected}, got ${got}`]);
}
