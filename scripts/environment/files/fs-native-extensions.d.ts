/** The one function that is used here, of a package that ships no types. */
declare module 'fs-native-extensions' {
  /** Asks for an exclusive lock on an open file; false when another descriptor holds it. */
  export function tryLock(descriptor: number): boolean;
}
