/** Where a value stands in the JSON of a collection: the key or number that it has in what is around it. */
export interface FilePath {
  readonly key: string | number;
  readonly in: FilePath | undefined;
}

/** The path to what several keys lead to, one in the other. */
export function below(at: FilePath | undefined, ...keys: readonly (string | number)[]): FilePath | undefined {
  return keys.reduce<FilePath | undefined>((path, key) => ({ key, in: path }), at);
}

/** The keys of a path, from the outside in. */
export function keysOf(path: FilePath | undefined): (string | number)[] {
  const keys: (string | number)[] = [];
  for (let at = path; at !== undefined; at = at.in) keys.unshift(at.key);
  return keys;
}
