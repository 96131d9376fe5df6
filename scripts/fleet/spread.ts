/** Works through items in order, at most `width` at a time; it is asked anew after each. */
export function spread<T>(items: readonly T[], width: () => number, work: (item: T) => Promise<void>): Promise<void> {
  let [next, underWay] = [0, 0];
  return new Promise((resolve, reject) => {
    const feed = (): void => {
      for (const most = width(); underWay < most && next < items.length; next++) begin(items[next] as T); // it is in range
      if (underWay === 0) resolve();
    };
    const begin = (item: T): void => {
      underWay += 1;
      work(item).then(() => {
        underWay -= 1;
        feed();
      }, reject);
    };
    feed();
  });
}
