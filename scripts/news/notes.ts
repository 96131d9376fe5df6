import { storeOf, type Context } from '../context';
import type { LockedSaid } from '../environment/store';
import { Failure } from '../errors';
import type { Trouble } from '../history/trouble';

/** How long to wait for another run that is telling its news at this moment. */
export const tellingWaitMs = 2000;

/**
 * Tells what is no failure of an environment, such as a ping that was not taken: each note of a subject once while it lasts.
 * The texts are compared by their keys alone.
 */
export async function tellNotes(
  subject: string,
  notes: Readonly<Record<string, string>>,
  context: Context,
): Promise<void> {
  if (context.console.isTerminal) {
    for (const text of Object.values(notes)) context.console.say(text);
    return;
  }
  const store = storeOf(context);
  if (Object.keys(notes).length === 0 && !(await store.said()).some(({ code }) => code === subject)) return;
  const said = await store.lockSaid(tellingWaitMs);
  try {
    const before = await said.troubles();
    await keepSaid(said, before, notedOf(before, subject, notes, context), context);
  } finally {
    await said.release();
  }
}

/** What is known after these notes of a subject were told, of which those that are new are said. */
function notedOf(
  before: readonly Trouble[],
  subject: string,
  notes: Readonly<Record<string, string>>,
  { console, now }: Context,
): Trouble[] {
  const isOfSubject = ({ outcome, code }: Trouble): boolean => outcome === 'note' && code === subject;
  const known = new Map(before.filter(isOfSubject).map((one) => [one.name, one]));
  const after = Object.entries(notes).map(([name, text]): Trouble => {
    const same = known.get(name);
    if (same === undefined) console.say(text);
    return same ?? { name, outcome: 'note', code: subject, since: now(), saidAt: now(), isOwn: false };
  });
  return [...before.filter((one) => !isOfSubject(one)), ...after];
}

/** Keeps what was said, if it has changed; that it can't be kept is said, too. */
export async function keepSaid(
  said: LockedSaid,
  before: readonly Trouble[],
  after: readonly Trouble[],
  { console }: Context,
): Promise<void> {
  if (JSON.stringify(after) === JSON.stringify(before)) return;
  try {
    await said.note(after);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    console.say(`evergrant: ${error.message}\n  → ${error.hint}`);
  }
}
