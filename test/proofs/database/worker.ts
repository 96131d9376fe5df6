import { refreshOnce, storeOf, type Machine } from './machine';

/** One process of a machine: refreshes connections at random, several at a time, until it is told to stop. */
process.once('message', ({ machine, names }: { machine: Machine; names: readonly string[] }) => {
  const store = storeOf(machine);
  let isStopping = false;
  process.on('message', () => (isStopping = true));
  process.on('disconnect', () => process.exit());
  const lane = async (): Promise<void> => {
    while (!isStopping) {
      const name = names[Math.floor(Math.random() * names.length)] ?? '';
      const outcome = await refreshOnce(store, name);
      process.send?.({ name, outcome });
    }
  };
  void Promise.all([lane(), lane(), lane(), lane()]).then(() => process.exit());
});
