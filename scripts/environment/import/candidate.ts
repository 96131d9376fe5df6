import type { Changes } from '../environment';
import type { AppType } from '../settings';

/** One connection that a file of another program's holds, in the names of our environment: only what was there. */
export interface Candidate {
  /** What it is called in its file, as a person tells it from others there; '' where it has no name. */
  readonly name: string;
  /** What it is, for the person who reads the result. */
  readonly format: string;
  /** Undefined where nothing in the file says. */
  readonly appType: AppType | undefined;
  readonly changes: Changes;
  /** 0 for formats that don't count. */
  readonly generation: number;
  /** The addresses that it names as where its tokens come from. */
  readonly tokenUrls: readonly string[];
  /** Further tokens that tell whose they are. */
  readonly idToken?: string;
  /** A row of Postman's that holds no refresh token although it should. */
  readonly emptyRow?: 'blank' | 'switched_off' | 'reference';
}
