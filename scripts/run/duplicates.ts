import { realPlaceIn, type Context } from '../context';
import { duplicateGrants, formatDuplicates, type Owned } from '../environment/duplicates';

/** Connections that two environments hold would end each other's token. Of a whole store it is said once. */
export async function tellDuplicates(owned: readonly Owned[], isAll: boolean, context: Context): Promise<void> {
  const groups = duplicateGrants(owned, realPlaceIn(context)).map(
    (group) => [group.join(' '), `note: ${formatDuplicates(group)}`] as const,
  );
  if (!isAll) return groups.forEach(([, text]) => context.console.say(text));
  const { tellNotes } = require('../news/notes') as typeof import('../news/notes');
  await tellNotes('duplicates', Object.fromEntries(groups), context);
}
