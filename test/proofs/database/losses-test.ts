import { prove } from '../support/proof';
import { opinions } from './provider';
import { copyForTests, lose, losses } from './losses';

/** A database that fails over, or is put back as it was before, costs no connection; a copy of it spends nothing. */
void prove({ seconds: 0, connections: 200 }, async ({ connections }) => {
  const figures: Record<string, number> = {};
  const failures: string[] = [];
  for (const loss of losses) {
    for (const opinion of opinions) {
      const { lost } = await lose(loss, opinion, connections);
      figures[`${loss}, ${opinion}: lost`] = lost.length;
      failures.push(...lost.map((name) => `${loss}, ${opinion}: ${name} needs a consent`));
    }
  }
  const { lost, redeemedByCopy, tokensInCopy } = await copyForTests(connections);
  figures['copy: tokens spent'] = redeemedByCopy;
  figures['copy: lost in production'] = lost.length;
  if (tokensInCopy !== '0') failures.push('the copy has tokens or secrets');
  if (redeemedByCopy > 0) failures.push('the copy has spent tokens');
  return { figures, failures: [...failures, ...lost] };
});
