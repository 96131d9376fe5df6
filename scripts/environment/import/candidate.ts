import type { Changes, ContractKey } from '../environment';
import type { AppType } from '../settings';

/** One connection found in another program's file, under our key names. It has only the values that were there. */
export interface Candidate {
  /** Its name in that file, which distinguishes it from others there; '' when it has none. */
  readonly name: string;
  /** The format in which it was found, for the person who reads the result. */
  readonly format: string;
  /** Undefined when the file does not say. */
  readonly appType: AppType | undefined;
  readonly changes: Changes;
  /** 0 for formats that have no generation. */
  readonly generation: number;
  /** The URLs from which, as it says, its tokens came. */
  readonly tokenUrls: readonly string[];
  /** An id token, which also says who issued it. */
  readonly idToken?: string | undefined;
  /** Why the Postman row of its refresh token gives none. */
  readonly emptyRow?: 'blank' | 'switched_off' | 'reference' | 'vault';
  /** The rows whose values are in a vault, and so not in the file. */
  readonly vaulted?: readonly ContractKey[] | undefined;
}
