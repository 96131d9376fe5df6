/** The one function that is used here, of a package that ships no types. */
declare module 'fs-native-extensions' {
  /** Asks for a lock on a part of an open file, 0 for all of it; false when another descriptor is in its way. */
  export function tryLock(
    descriptor: number,
    offset: number,
    length: number,
    options?: { readonly shared: boolean },
  ): boolean;
}
