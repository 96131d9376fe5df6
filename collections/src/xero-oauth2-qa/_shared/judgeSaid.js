import { mustHold } from './mustHold';
import { withoutSecrets } from './describe';

/**
 * Tests what the main collection's script complained of.
 * @param {string} name
 * @param {string} said everything that it complained of
 * @param {string} [wanted] a part of it, a column of the row filled in; undefined or blank: nothing
 */
export function judgeSaid(name, said, wanted) {
  const text = wanted === undefined ? '' : pm.variables.replaceIn(wanted);
  const isRight = text === '' ? said === '' : said.includes(text);
  const expected = text === '' ? 'nothing' : `"${text}"`;
  const got = said === '' ? 'nothing' : `"${withoutSecrets(said)}"`;
  mustHold(name, isRight ? [] : [`expected ${expected}, got ${got}`]);
}
